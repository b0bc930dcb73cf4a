"""How shells ask edmd for completions: as click does it, but with words such as `NAME=VALUE`."""

import os
import re
import shlex
from collections.abc import Mapping
from typing import Any, Final

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

_BASH: Final = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                COMPREPLY+=("$value")
                [[ $value == *= ]] && compopt -o nospace ;;
        esac
    done < <(env COMP_LINE="${COMP_LINE:0:$COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_ZSH: Final = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a plain described open open_described response
    (( ! $+commands[%(prog_name)s] )) && return 1

    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
        %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")

    for type key descr in ${response}; do
        if [[ "$type" == "dir" ]]; then
            _path_files -/
        elif [[ "$type" == "file" ]]; then
            _path_files -f
        elif [[ "$type" == "plain" && "$descr" == "_" ]]; then
            if [[ "$key" == *= ]]; then open+=("$key"); else plain+=("$key"); fi
        elif [[ "$type" == "plain" ]]; then
            if [[ "$key" == *= ]]; then open_described+=("$key:$descr"); else described+=("$key:$descr"); fi
        fi
    done

    [ -n "$described" ] && _describe -V unsorted described -U
    [ -n "$open_described" ] && _describe -V unsorted open_described -U -S ''
    [ -n "$plain" ] && compadd -U -V unsorted -a plain
    [ -n "$open" ] && compadd -U -V unsorted -S '' -a open
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
# What stands at the cursor: so the last word is whole, be it empty, quoted or escaped.
_CURSOR: Final = "\0"
_SPECIAL: Final = re.compile(r"([^\w@%+=:,./\[\]-])")


@add_completion_class
class Bash(BashComplete):
    """Gives bash the part of a word after the last character at which bash splits words."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, and the one that is being written."""
        line = os.environ["COMP_LINE"]
        words = split_arg_string(f"{line}{_CURSOR}")
        self._is_quoted = _ends_in_quotes(line)
        self._written = words[-1].removesuffix(_CURSOR)
        return words[1:-1], self._written

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return one line of the answer."""
        value = str(item.value)
        breaks = (each for each in "=:" if each in os.environ.get("COMP_WORDBREAKS", ""))
        cut = max((self._written.rfind(each) + 1 for each in breaks), default=0)
        if cut and value.startswith(self._written[:cut]):
            value = value[cut:]
        escaped = value if self._is_quoted else _SPECIAL.sub(r"\\\1", value)
        return f"{item.type},{escaped}"


@add_completion_class
class Zsh(ZshComplete):
    """Leaves no space behind a word that ends with `=`."""

    source_template = _ZSH


SHELLS: Final[Mapping[str, type[ShellComplete]]] = {"bash": Bash, "zsh": Zsh, "fish": FishComplete}


def _ends_in_quotes(line: str) -> bool:
    try:
        shlex.split(line)
    except ValueError as error:
        return "quotation" in str(error)
    return False
