# Ends unless all of these are there.
tend_there() {
    for tend_file; do
        [ -e "$tend_file" ] || [ -L "$tend_file" ] || tend_fail "there is no $tend_file"
    done
}

# Ends if one of the others would be written over something in the first, or as the first. What is the same already may be.
tend_free() {
    [ -z "$tend_force" ] || return 0
    tend_to=$1
    shift
    for tend_file; do
        tend_target=$tend_to
        if [ -d "$tend_to" ]; then
            tend_base=${tend_file%/}
            tend_target=${tend_to%/}/${tend_base##*/}
        fi
        if [ -e "$tend_target" ] || [ -L "$tend_target" ]; then
            [ -f "$tend_file" ] && [ -f "$tend_target" ] && cmp -s -- "$tend_file" "$tend_target" ||
                tend_fail "$tend_target is there already; --force writes over it"
        fi
    done
}
