# git-tend: what was typed, where, how long it took and how it ended, into a file that only you can read.
if status is-interactive; and not set -q __tend_journal
    set -g __tend_journal @JOURNAL@
    set -g __tend_pwd $PWD
    set -g __tend_session $fish_pid.(date +%s)

    function __tend_preexec --on-event fish_preexec
        set -g __tend_pwd $PWD
    end

    function __tend_postexec --on-event fish_postexec
        set -l code $status
        set -l took $CMD_DURATION
        string match -qr '^\s*$|^\s' -- $argv[1]; and return
        # What may hold a secret never reaches the file.
        string match -qir 'passw|passphrase|secret|token|api[-_]?key|access[-_]key|private[-_]key|authorization|bearer|akia|://\S*:\S*@' -- $argv[1]
        and return
        if test -n "$fish_private_mode"; or test -L $__tend_journal
            return
        end
        if not test -e $__tend_journal; or not test -e $__tend_journal.now
            set -l mask (umask)
            umask 077
            echo -n >>$__tend_journal
            echo -n >>$__tend_journal.now
            umask $mask
        end 2>/dev/null
        test -O $__tend_journal; or return
        # fish has no clock of its own, but it can write a file and ask when that was.
        set -l now
        if builtin -q path
            echo >$__tend_journal.now
            set now (path mtime -- $__tend_journal.now)
        else
            set now (date +%s)
        end
        printf 'tend1\0-\0%s\0%s\0%s\0%s\0%s\0=%s\0\n' "$now" "$took" "$code" "$__tend_session" \
            "$__tend_pwd" "$argv[1]" >>$__tend_journal
    end 2>/dev/null
end
