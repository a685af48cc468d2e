#!/usr/bin/env bash
# Ensures that the system packages for the build are installed: cmake, a C++ compiler and libclang
# (for HiGHS and its bindings). Installs missing ones on Debian and Ubuntu; on other systems, lists
# them. Not interactive; does nothing if nothing is missing.
set -euo pipefail

# libclang with clang's own headers, which generating the bindings needs.
has_libclang() {
    if [ -n "${LIBCLANG_PATH:-}" ]; then
        return 0
    elif command -v dpkg-query >/dev/null; then
        { dpkg-query -W -f '${db:Status-Status}\n' 'libclang-dev' 'libclang-[0-9]*-dev' 2>/dev/null || true; } \
            | grep -qx installed
    else
        ldconfig -p 2>/dev/null | grep -qE 'libclang(-[0-9.]+)?\.so' \
            || compgen -G '/usr/lib*/llvm*/lib*/libclang.so*' >/dev/null
    fi
}

missing=()
[ -n "${CMAKE:-}" ] || command -v cmake >/dev/null || missing+=(cmake)
command -v make >/dev/null || command -v ninja >/dev/null || missing+=(make)
command -v c++ >/dev/null || missing+=(g++)
has_libclang || missing+=(libclang-dev)

if [ ${#missing[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "missing: ${missing[*]} (Debian's names)." >&2
        echo "Install cmake, make, a C++ compiler and libclang with your system's package manager:" >&2
        echo "  Fedora: dnf install cmake make gcc-c++ clang-devel" >&2
        echo "  Arch:   pacman -S cmake make gcc clang" >&2
        echo "  macOS:  brew install cmake llvm, and export LIBCLANG_PATH=\"\$(brew --prefix llvm)/lib\"" >&2
        exit 1
    fi
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    echo "installing: ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -qq >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
fi

if ! command -v cargo >/dev/null; then
    echo "missing: Rust 1.95 or newer. Install it from https://rustup.rs and run this script again." >&2
    exit 1
fi
