from daemon.player.ports.patchbay import NoPatchbay, open_patchbay


def test_systems_that_keep_connections_need_no_patchbay() -> None:
    for api in ("alsa", "coremidi", "winmm"):
        patchbay = open_patchbay(api)
        assert isinstance(patchbay, NoPatchbay)
        assert patchbay.poll() == ()
        assert patchbay.restore()
        patchbay.close()
