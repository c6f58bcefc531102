# Ends unless a file is JSON.
tend_json() {
    [ -r "$1" ] || tend_fail "there is no $1, or it cannot be read"
    [ -s "$1" ] || tend_fail "$1 is empty"
    jq empty <"$1" || tend_fail "$1 is not JSON"
}

# Makes a file beside another, of its mode, to be put in its place.
tend_output() {
    tend_target=$1
    case $tend_target in -*) tend_target=./$tend_target ;; esac
    [ ! -L "$tend_target" ] || tend_fail "$tend_target is a symbolic link; say the file itself"
    [ ! -d "$tend_target" ] || tend_fail "$tend_target is a folder"
    tend_temporary=$(mktemp "$tend_target.XXXXXX")
    if [ -f "$tend_target" ]; then
        cp -p -- "$tend_target" "$tend_temporary"
    else
        chmod "$(printf %o $((0666 & ~$(umask))))" "$tend_temporary"
    fi
}

# Puts it there.
tend_publish() {
    mv -f -- "$tend_temporary" "$tend_target"
    tend_temporary=
}
