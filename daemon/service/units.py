"""The text of a systemd unit or a launchd plist: pure functions of what is to run."""

import plistlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

MARK: Final = "Written by `edmd service install`"
"""Only files with these words in their first lines are replaced or removed."""

LABEL: Final = "edmd"
# The supervisor tells that the set is alive four times in this.
_WATCHDOG_SECONDS: Final = 30

# Nothing here needs a namespace of files, which systems may refuse to users. Networks namespaces must stay allowed: workers
# read strangers' files in one.
_FOR_ALL: Final = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
"""
# JACK's shared memory is in /dev/shm, which stays writable, and ALSA needs /dev/snd. No ProtectClock: it closes devices.
_FOR_SYSTEM: Final = """\
ProtectSystem=strict
PrivateTmp=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
CapabilityBoundingSet=
"""


class What(NamedTuple):
    """The command line to run, the folders that it writes, and for a unit of the system the user, their id and home."""

    command: Sequence[str]
    writes: Sequence[Path] = ()
    user: str = ""
    uid: int = 0
    home: Path = Path("/")


def systemd_unit(what: What) -> str:
    """Return a unit of the user's systemd, or with a `user` one of the system."""
    lines = [
        f"# {MARK}; `edmd service uninstall` removes it. Changes belong into `systemctl edit edmd`.",
        "[Unit]",
        "Description=edmd, electronic dance music without end over MIDI",
        "After=sound.target" if what.user else "After=pipewire.service pipewire-jack.service",
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=notify",
        "ExecStart=" + " ".join(map(_quoted, what.command)),
        "Restart=always",
        "RestartSec=2",
        "TimeoutStartSec=180",
        "TimeoutStopSec=15",
        f"WatchdogSec={_WATCHDOG_SECONDS}",
        "# The supervisor ends its processes itself, in order, and replaces those that die.",
        "KillMode=mixed",
        "OOMPolicy=continue",
        "LimitRTPRIO=95",
        "LimitMEMLOCK=infinity",
        "LimitNICE=-11",
        "",
        *(_of_user(what) if what.user else []),
        _FOR_ALL + (_FOR_SYSTEM if what.user else ""),
        "[Install]",
        f"WantedBy={'multi-user.target' if what.user else 'default.target'}",
    ]
    return "\n".join(lines) + "\n"


def _of_user(what: What) -> list[str]:
    runtime = f"/run/user/{what.uid}"  # PipeWire's and the desktop's sockets, where that user has a session
    folders = [f"ReadWritePaths=-{_quoted(str(folder))}" for folder in (*what.writes, runtime)]
    return [f"User={what.user}", f"Environment=XDG_RUNTIME_DIR={runtime}", *folders]


def launchd_plist(what: What, log: Path) -> str:
    """Return the plist of an agent of launchd."""
    text = plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(what.command),
            "RunAtLoad": True,
            "KeepAlive": True,
            "ProcessType": "Interactive",  # or the system holds timers back
            "StandardErrorPath": str(log),
        }
    ).decode()
    head, _, rest = text.partition("\n")
    return f"{head}\n<!-- {escape(MARK)} -->\n{rest}"


def is_ours(text: str) -> bool:
    """Return whether a file was written by `edmd service install`."""
    return MARK in "\n".join(text.splitlines()[:3])


def _quoted(word: str) -> str:
    """Return a word of a command line for systemd, which expands % and $."""
    safe = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{safe}"' if safe != word or not word or any(c in word for c in " \t\n'\"") else word
