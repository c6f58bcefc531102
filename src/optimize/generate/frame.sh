tend_dry_run=
tend_force=
tend_at=
tend_temporary=

# A value as a shell takes it.
tend_quote() {
    tend_rest=$1
    case $tend_rest in
    '' | *[!A-Za-z0-9_@%+=:,./-]*) ;;
    *)
        printf '%s' "$tend_rest"
        return
        ;;
    esac
    printf "'"
    while :; do
        case $tend_rest in
        *\'*)
            printf '%s%s' "${tend_rest%%\'*}" "'\\''"
            tend_rest=${tend_rest#*\'}
            ;;
        *)
            printf "%s'" "$tend_rest"
            return
            ;;
        esac
    done
}

# Code and values, in turn.
tend_say() {
    while [ $# -gt 0 ]; do
        printf '%s' "$1"
        [ $# -lt 2 ] || tend_quote "$2"
        shift
        [ $# -eq 0 ] || shift
    done
    printf '\n'
}

# Says a step; whether it is to be done.
tend_step() {
    tend_at=$1
    shift
    if [ -n "$tend_dry_run" ]; then
        tend_say "$@"
        return 1
    fi
    printf '[%s/@TOTAL@] ' "$tend_at" >&2
    tend_say "$@" >&2
}

tend_fail() {
    printf '%s: step %s: %s\n' "$tend_name" "$tend_at" "$1" >&2
    trap - EXIT
    [ -z "$tend_temporary" ] || rm -f -- "$tend_temporary"
    exit 1
}

tend_wrong() {
    printf '%s: %s; --help says what there is\n' "$tend_name" "$1" >&2
    exit 2
}

tend_end() {
    tend_code=$?
    [ -z "$tend_temporary" ] || rm -f -- "$tend_temporary"
    if [ "$tend_code" -ne 0 ] && [ -n "$tend_at" ] && [ -z "$tend_dry_run" ]; then
        printf '%s: step %s of @TOTAL@ failed: exit code %s\n' "$tend_name" "$tend_at" "$tend_code" >&2
    fi
}
trap tend_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
