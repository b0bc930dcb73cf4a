"""The view in the terminal: draws the texts, and turns keys into requests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final, NamedTuple

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from daemon.control.curvekeys import Pair
from daemon.parameters import SPECS, Value
from daemon.top import texts
from daemon.top.link import Answered, Away, Event, Facts, Heard, Link
from models.notes import VOICES

_KEYS_LINE: Final = "space stop/go  arrows choose, change  M mute  1-9 preset  U undo  ? list  Q quit"
_LINES: Final[Mapping[str, Callable[[texts.State], str]]] = {
    "head": texts.head,
    "section": texts.section,
    "chords": texts.keys_and_chords,
    "waits": texts.waiting,
    "health": texts.health,
}


_DONE: Final = {
    "play": "plays from the first bar",
    "stop": "stopped",
    "continue": "goes on",
    "tap": "a tap of the tempo",
    "panic": "all notes are silent",
}


class Told(Message):
    """An event of the link, on its way to the app."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class Act(NamedTuple):
    """What a key does."""

    words: str
    act: Callable[["Top"], Any]


class Help(ModalScreen[None]):
    """The list of keys; any key closes it."""

    def compose(self) -> ComposeResult:
        """Show the list."""
        names = {"space": "space", "home": "Home", "up": "up, down", "left": "left, right", "1": "1 to 9"}
        rows = [(names.get(key, key.upper()), act.words) for key, act in KEYS.items() if act.words]
        yield Static(Text("\n".join(f"{name:<12} {words}" for name, words in rows)))

    def on_key(self, event: Key) -> None:
        """Close the list."""
        event.stop()
        self.dismiss()


@dataclass
class _Hand:
    """The value that the arrows gave last: the next step goes on from there, though the daemon has not told it yet."""

    name: str = ""
    value: Value = 0


class Top(App[None]):
    """The live view of one deck."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]
    CSS = """
    Screen { overflow: hidden; }
    Static { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Help { align: center middle; }
    Help > Static { width: auto; height: auto; padding: 1 2; background: $panel; }
    #head { text-style: bold; }
    #health { color: $text-muted; }
    #answer.refused { color: $error; }
    #keys { dock: bottom; color: $text-muted; }
    .chosen { background: $accent 40%; text-style: bold; }
    .muted { color: $text-disabled; }
    """

    def __init__(
        self,
        endpoint: str,
        telemetry: str | None = None,
        deck: str | None = None,
        keys: Pair | None = None,
    ) -> None:
        super().__init__()
        self.state: dict[str, Any] = {}
        self.chosen = texts.ROWS.index("tempo")
        self.link = Link(endpoint, telemetry, deck, lambda event: self.post_message(Told(event)), keys)
        self._hand = _Hand()
        self._changes = 0

    def compose(self) -> ComposeResult:
        """Make the lines, from top to bottom."""
        for name in ("head", "section", "chords"):
            yield Static(id=name)
        for number, _ in enumerate(texts.ROWS):
            yield Static(id=f"row-{number}")
        for name in ("waits", "health", "answer"):
            yield Static(id=name)
        yield Static(_KEYS_LINE, id="keys")

    def on_mount(self) -> None:
        """Connect."""
        self.link.start()
        self.draw()

    def on_unmount(self) -> None:
        """End the connection."""
        self.link.end()

    def on_told(self, message: Told) -> None:
        """Take an event in."""
        if not self.screen_stack:  # it ends
            return
        match message.event:
            case Facts(state):
                self.state = dict(state)
                self.answer("")
            case Heard(topic, body):
                self.hear(topic, body)
            case Away(sentence):
                self.state = {}
                self.answer(sentence, refused=True)
            case Answered(sentence, refused):
                self.answer(sentence, refused=refused)
        self.draw()

    def hear(self, topic: str, body: Mapping[str, Any]) -> None:
        """Take a message of telemetry over into the state."""
        if topic == "tick":
            place = {key: body[key] for key in ("tick", "bar", "beat", "tempo")}
            self.state["transport"] = {**self.state["transport"], **place, "count_in": 0}
            if body.get("plan"):
                self.state["plan"] = body["plan"]
        elif topic == "health":
            self.state["health"] = body
        else:
            self.state.update(body)

    def draw(self) -> None:
        """Draw every line anew."""
        for name, text in _LINES.items():
            self._line(name, text(self.state) if self.state else "")
        for number, name in enumerate(texts.ROWS):
            row = self._line(f"row-{number}", texts.row(self.state, name) if self.state else "")
            row.set_class(number == self.chosen and bool(self.state), "chosen")
            row.set_class(bool(self.state) and self.state["params"][name] is True, "muted")

    def answer(self, sentence: str, *, refused: bool = False) -> None:
        """Show the answer to a request, or why there is none."""
        self._line("answer", sentence).set_class(refused, "refused")

    def on_key(self, event: Key) -> None:
        """Do what a key does."""
        found = KEYS.get(event.key) or KEYS.get(event.key.lower()) or KEYS.get(event.character or "")
        if found is not None:
            event.stop()
            found.act(self)

    def toggle(self) -> None:
        """Stop the music, or go on."""
        if self.state:
            playing = self.state["transport"]["state"] == "playing"
            self.act("stop" if playing else "continue")

    def act(self, action: str) -> None:
        """Send an action of the transport."""
        self.ask(_DONE[action], "transport", action=action)

    def ask(self, words: str, op: str, **fields: Any) -> None:
        """Send an op, unless nobody is there: it would be carried out whenever the daemon comes back."""
        if self.state:
            self.link.ask(words, op, **fields)

    def choose(self, step: int) -> None:
        """Choose another row."""
        self.chosen = (self.chosen + step) % len(texts.ROWS)
        self.draw()

    def change(self, direction: int) -> None:
        """Change the chosen number by a step; a voice is muted or heard."""
        name = texts.ROWS[self.chosen]
        if name.endswith(".mute"):
            self.mute(name)
        elif self.state:
            pending = self.state.get("pending", {}).get(name)
            now = pending["target"] if pending else self.state["params"][name]
            if self._hand.name == name:
                now = self._hand.value
            self.put(name, texts.stepped(name, now, direction))

    def reset(self) -> None:
        """Set the chosen row to its default."""
        name = texts.ROWS[self.chosen]
        self.put(name, SPECS[name].default)

    def put(self, name: str, value: Value) -> None:
        """Set a parameter, and show it at once."""
        if not self.state:
            return
        self._hand = _Hand(name, value)
        self._changes += 1
        self.set_timer(1.0, partial(self._let_go, self._changes))
        self.link.set(name, value)
        self.state["params"] = {**self.state["params"], name: value}
        self.answer("")
        self.draw()

    def mute(self, name: str = "") -> None:
        """Mute a voice, or let it be heard: the named one, or the chosen one."""
        name = name or texts.ROWS[self.chosen]
        if not name.endswith(".mute"):
            self.answer("choose a voice with the arrows, or press L, C, B or D", refused=True)
        elif self.state:
            self.put(name, not self.state["params"][name])

    def preset(self, slot: int) -> None:
        """Load the preset of a slot."""
        self.ask(f"preset {slot}", "preset", action="load", slot=slot)

    def _let_go(self, change: int) -> None:
        if change == self._changes:  # nothing was changed since
            self._hand = _Hand()

    def _line(self, name: str, text: str) -> Static:
        line = self.screen_stack[0].query_one(f"#{name}", Static)
        line.update(Text(text, no_wrap=True, overflow="ellipsis"))
        return line


def _muting(voice: str) -> Callable[[Top], None]:
    return lambda top: top.mute(f"{voice}.mute")


def _loading(slot: int) -> Callable[[Top], None]:
    return lambda top: top.preset(slot)


KEYS: Final[Mapping[str, Act]] = {
    "space": Act("stops the music, and goes on with it", Top.toggle),
    "home": Act("plays from the first bar", lambda top: top.act("play")),
    "t": Act("taps the tempo", lambda top: top.act("tap")),
    "p": Act("panic: silences every note", lambda top: top.act("panic")),
    "up": Act("choose a row", lambda top: top.choose(-1)),
    "down": Act("", lambda top: top.choose(1)),
    "left": Act("change its value", lambda top: top.change(-1)),
    "right": Act("", lambda top: top.change(1)),
    "r": Act("sets it to its default", Top.reset),
    "m": Act("mutes the chosen voice, or lets it be heard", Top.mute),
    **{voice[0]: Act(f"mutes {voice}, or lets it be heard", _muting(voice)) for voice in VOICES},
    "n": Act("goes on to the next section", lambda top: top.ask("next section", "next")),
    **{
        str(slot): Act("load the preset of a slot" if slot == 1 else "", _loading(slot))
        for slot in range(1, 10)
    },
    "u": Act("takes the last change back", lambda top: top.ask("taken back", "undo")),
    "y": Act("does it again", lambda top: top.ask("done again", "redo")),
    "?": Act("shows this list", lambda top: top.call_later(top.push_screen, Help())),
    "q": Act("quits; the music goes on", lambda top: top.exit()),
}
