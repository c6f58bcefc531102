# git-tend: what was typed, where, how long it took and how it ended, into a file that only you can read.
if [[ -o interactive && -z ${__tend_journal-} ]] && zmodload zsh/datetime 2>/dev/null; then
  typeset -g __tend_journal=@JOURNAL@ __tend_text= __tend_start= __tend_pwd= __tend_session=$$.$EPOCHREALTIME

  __tend_preexec() {
    __tend_text=$1 __tend_start=$EPOCHREALTIME __tend_pwd=$PWD
  }

  __tend_precmd() {
    local __tend_status=$? __tend_end=$EPOCHREALTIME __tend_typed=$__tend_text
    __tend_text=
    if [[ -n $__tend_typed && $__tend_typed != [[:space:]]* ]]; then
      emulate -L zsh
      # What may hold a secret never reaches the file.
      case ${(L)__tend_typed} in
        *passw*|*passphrase*|*secret*|*token*|*api[-_]key*|*apikey*|*access[-_]key*|*private[-_]key*|*authorization*|*bearer*|*akia*|*://*:*@*)
          return $__tend_status ;;
      esac
      if [[ ! -e $__tend_journal ]]; then
        (umask 077 && : >>$__tend_journal) 2>/dev/null
      fi
      if [[ -f $__tend_journal && -O $__tend_journal && ! -h $__tend_journal ]]; then
        { printf 'tend1\0%s\0%s\0-\0%s\0%s\0%s\0=%s\0\n' "$__tend_start" "$__tend_end" \
          "$__tend_status" "$__tend_session" "$__tend_pwd" "$__tend_typed" >>$__tend_journal } 2>/dev/null
      fi
    fi
    return $__tend_status
  }

  autoload -Uz add-zsh-hook
  add-zsh-hook preexec __tend_preexec
  # First of all, while the status is still that of the command.
  typeset -ga precmd_functions
  precmd_functions=(__tend_precmd ${precmd_functions[@]-})
fi
