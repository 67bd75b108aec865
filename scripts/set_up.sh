# Sourced by `run` and `check`: a virtual environment with the app, and the system libraries Qt
# needs. Does nothing when all is there.

QT_LIBRARIES="libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 libfreetype6 libxkbcommon0 \
libx11-xcb1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 \
libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1"

want_python() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    echo "Python 3.11 or later is needed. On Debian: apt-get install -y python3 python3-venv" >&2
    exit 1
}

want_environment() { # $1: extras in square brackets, or nothing
    stamp=".venv/.set-up-$(cksum < pyproject.toml | cut -d' ' -f1)-${1:-plain}"
    [ -f "$stamp" ] && return
    want_python
    [ -x .venv/bin/python ] || python3 -m venv .venv
    echo "Setting up: this takes a minute or two the first time."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".${1:-}"
    touch "$stamp"
}

qt_can_be_loaded() {
    .venv/bin/python -c 'import PySide6.QtWidgets' 2>/dev/null
}

qt_has_a_screen() { # an X display is drawn to by a part that is loaded only then
    [ -z "${DISPLAY:-}" ] && [ "$(id -u)" != 0 ] && return
    ! ldd .venv/lib/python3*/site-packages/PySide6/Qt/plugins/platforms/libqxcb.so |
        grep -q 'not found'
}

want_qt_libraries() {
    [ "$(uname)" = Linux ] || return 0
    qt_can_be_loaded && qt_has_a_screen && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing the system libraries that Qt needs."
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends $QT_LIBRARIES >/dev/null; } || true
        qt_can_be_loaded && return
    fi
    echo "Qt needs system libraries. As root: apt-get install -y $QT_LIBRARIES" >&2
    # What is missing may be for an X display alone, and not wanted now.
    qt_can_be_loaded || exit 1
}

want_environment "${EXTRAS:-}"
want_qt_libraries
