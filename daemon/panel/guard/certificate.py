"""The panel's certificate: one that a file holds, or one that is made for this machine and kept."""

import contextlib
import datetime
import hashlib
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import platformdirs

from daemon.panel.settings import PanelSettings
from exporters.writing import replace_bytes

SELF: Final = "self"
FILE_NAME: Final = "panel.pem"
# Browsers refuse server certificates that are valid for longer.
_DAYS: Final = 825
_RENEWED_DAYS: Final = 30
_MEND: Final = 'make one with panel.tls = "self", or name a PEM file of a certificate with its key'


class CertificateError(Exception):
    """The certificate cannot be used. The message says why."""


def context_of(settings: PanelSettings, folder: Path | None = None) -> tuple[ssl.SSLContext, str]:
    """Return the TLS context and the certificate's SHA-256 fingerprint. Raises CertificateError."""
    made = settings.tls == SELF
    path = made_certificate(settings.host, folder) if made else Path(settings.tls)
    key = None if made or not settings.tls_key else Path(settings.tls_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(path, key, password=_no_password)
        fingerprint = _fingerprint(path)
    except FileNotFoundError:
        missing = path if not path.exists() else key
        raise CertificateError(f"panel.tls: there is no file {missing}; {_MEND}") from None
    except (OSError, ValueError) as error:  # SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise CertificateError(f"panel.tls: {path} cannot be used ({reason}); {_MEND}") from None
    return context, fingerprint


def made_certificate(host: str, folder: Path | None = None) -> Path:
    """Return the file of this machine's certificate. It is made if there is none, or if it soon ends."""
    path = (folder or platformdirs.user_state_path("edmd")) / FILE_NAME
    try:
        if not _is_good(path):
            _write(_made(host), path)
    except ModuleNotFoundError:
        raise CertificateError(
            "panel.tls = \"self\" needs cryptography; install edmd with its extra `tls` (pip install 'edmd[tls]')"
        ) from None
    except OSError as error:
        raise CertificateError(f"panel.tls: cannot keep {path}: {error.strerror or error}") from None
    return path


def _is_good(path: Path) -> bool:
    from cryptography import x509  # noqa: PLC0415 - of an extra

    try:
        is_private = os.name == "nt" or not path.stat().st_mode & 0o077
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    ends = certificate.not_valid_after_utc
    return is_private and ends > _now() + datetime.timedelta(days=_RENEWED_DAYS)


def _made(host: str) -> bytes:
    """Return a new key and a certificate for the names of this machine, as PEM."""
    from cryptography import x509  # noqa: PLC0415 - of an extra
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"edmd on {socket.gethostname()}"[:64])])
    names, addresses = names_of(host)
    known = [*map(x509.DNSName, names), *(x509.IPAddress(ipaddress.ip_address(each)) for each in addresses)]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - datetime.timedelta(days=1))
        .not_valid_after(_now() + datetime.timedelta(days=_DAYS - 1))
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def names_of(host: str) -> tuple[list[str], list[str]]:
    """Return the names and the addresses under which browsers find a panel that listens at `host`."""
    machine = socket.gethostname()
    found = {"127.0.0.1", "::1", *_towards_others()}
    for each in (host, machine):
        try:
            found |= {str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(each, None)}
        except OSError:  # a name that nobody knows
            continue
    addresses = sorted(each for each in found if not ipaddress.ip_address(each).is_unspecified)
    names = dict.fromkeys(("localhost", machine, f"{machine.partition('.')[0]}.local"))
    return [each for each in names if each and each.isascii()], addresses


def _towards_others() -> Iterator[str]:
    """Yield the addresses from which this machine would reach others; nothing is sent."""
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            yield str(probe.getsockname()[0]).partition("%")[0]


def _write(pem: bytes, path: Path) -> None:
    """Write the file atomically, readable only by this user."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(path, pem, is_durable=True, mode=0o600)


def _fingerprint(path: Path) -> str:
    """Return the SHA-256 of the first certificate of a file, as browsers show it."""
    text = path.read_text(encoding="ascii", errors="replace")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    body = f"{begin}{text.split(begin, 1)[1].split(end, 1)[0]}{end}"
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(body)).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def _no_password() -> str:
    raise ValueError("its key is encrypted; write one without a password")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
