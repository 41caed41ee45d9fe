# Sourced by ./run and ./check, with $root set: makes $root/.venv hold exactly what the lock files say.
#
# A stamp in the environment remembers the lock it was filled from, so that a second start asks nobody anything.

venv=$root/.venv
python=$venv/bin/python
unset PYTHONHOME PYTHONPATH

say() { printf '%s\n' "$*" >&2; }

# The stamp names the folder and the interpreter too: a moved environment, or one whose Python changed, is rebuilt.
fingerprint() {
    printf '%s %s %s' "$(cat "$@" | cksum)" "$(readlink -f "$python")" "$root"
}

is_ready() { # set, files…
    stamp=$venv/.ready-$1
    shift
    [ -x "$python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint "$@")" ]
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else
        set -- python3.11 python3.12 python3.13 python3.14 python3
    fi
    for candidate in "$@"; do
        "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        printf '%s' "$candidate"
        return
    done
    say "Python 3.11 or newer with venv is needed: install it (Debian: apt install python3 python3-venv)," \
        "or name one: PYTHON=/path/to/python3.11 $0"
    return 2
}

pip() { "$python" -m pip --disable-pip-version-check --no-input "$@" >&2; }

is_whole() { "$python" -c 'import pip' 2>/dev/null && grep -qF " $venv" "$venv/pyvenv.cfg"; }

fill() { # lock files…
    is_whole || {
        base=$(find_python) || exit 2
        "$base" -m venv --clear "$venv" >&2 || return
    }
    for lock in "$@"; do
        set -- "$@" -r "$lock"
        shift
    done
    pip install -qq --require-hashes --no-deps "$@" &&
        pip install -qq --no-deps --no-index --no-build-isolation --editable .
}

# set up NAME LOCK…: afterwards $python runs with everything in the lock files, and with the project itself.
set_up() {
    set=$1
    shift
    (
        cd "$root" || exit
        is_ready "$set" "$@" pyproject.toml && exit
        say "Setting up .venv ($set); this needs the network and a minute, once."
        rm -f "$venv"/.ready-*
        fill "$@" || {
            status=$?
            say "Setting up .venv failed, see above. Try again with: $0"
            exit $status
        }
        # Whoever has the larger set has the smaller one as well.
        fingerprint "$@" pyproject.toml >"$venv/.ready-$set"
        fingerprint constraints.txt pyproject.toml >"$venv/.ready-runtime"
    )
}
