# git-tend: what was typed, where, how long it took and how it ended, into a file that only you can read.
# PS0 is expanded when a command is about to run, PROMPT_COMMAND is run when it is over; both keep what was there before.
if [[ $- == *i* && -z ${__tend_journal-} ]] && ((BASH_VERSINFO[0] > 4 || (BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 4))); then
  __tend_journal=@JOURNAL@
  __tend_pwd=$PWD __tend_last= __tend_number= __tend_session=
  __tend_start=(0)

  # In microseconds, without a process. Before bash 5 a clock of seconds must do.
  if ((BASH_VERSINFO[0] >= 5)); then
    __tend_now() { __tend_time=${EPOCHREALTIME//[!0-9]/}; }
    PS0=${PS0-}'${__tend_start[__tend_start[0]=${EPOCHREALTIME//[!0-9]/},1]-}'
  else
    __tend_now() { printf -v __tend_time '%(%s)T000000' -1; }
    PS0=${PS0-}'${__tend_start[__tend_start[0]=$((__tend_epoch+SECONDS))000000,1]-}'
    printf -v __tend_epoch '%(%s)T' -1
    __tend_epoch=$((__tend_epoch - SECONDS))
  fi

  __tend_prompt() {
    local __tend_status=$? __tend_time __tend_text __tend_count
    local __tend_begin=${__tend_start[0]} __tend_in=$__tend_pwd
    __tend_start[0]=0 __tend_pwd=$PWD
    ((__tend_begin)) || return "$__tend_status"
    __tend_now
    # Only the history knows the whole line. Its number does not move for what is kept out of it.
    __tend_text=$(HISTTIMEFORMAT= builtin history 1 2>/dev/null)
    [[ $__tend_text =~ ^\ *([0-9]+)[*\ ]\  ]] || return "$__tend_status"
    __tend_count=${BASH_REMATCH[1]}
    __tend_text=${__tend_text#"${BASH_REMATCH[0]}"}
    if [[ $__tend_count == "$__tend_number" && $__tend_text == "$__tend_last" ]]; then
      return "$__tend_status"
    fi
    __tend_number=$__tend_count __tend_last=$__tend_text
    [[ -z $__tend_text || $__tend_text == [[:space:]]* ]] && return "$__tend_status"
    # What may hold a secret never reaches the file.
    case ${__tend_text,,} in
      *passw* | *passphrase* | *secret* | *token* | *api[-_]key* | *apikey* | *access[-_]key* | *private[-_]key* | *authorization* | *bearer* | *akia* | *://*:*@*)
        return "$__tend_status" ;;
    esac
    if [[ ! -e $__tend_journal ]]; then
      (umask 077 && : >>"$__tend_journal") 2>/dev/null
    fi
    if [[ -f $__tend_journal && -O $__tend_journal && ! -L $__tend_journal ]]; then
      [[ -n $__tend_session ]] || __tend_session=$$.$__tend_begin
      { printf 'tend1\0%s.%s\0%s.%s\0-\0%s\0%s\0%s\0=%s\0\n' \
        "${__tend_begin%??????}" "${__tend_begin: -6}" "${__tend_time%??????}" "${__tend_time: -6}" \
        "$__tend_status" "$__tend_session" "$__tend_in" "$__tend_text" >>"$__tend_journal"; } 2>/dev/null
    fi
    return "$__tend_status"
  }

  # What is in the history already was not typed in this shell.
  __tend_text=$(HISTTIMEFORMAT= builtin history 1 2>/dev/null)
  if [[ $__tend_text =~ ^\ *([0-9]+)[*\ ]\  ]]; then
    __tend_number=${BASH_REMATCH[1]}
    __tend_last=${__tend_text#"${BASH_REMATCH[0]}"}
  fi
  unset __tend_text

  if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
    PROMPT_COMMAND=(__tend_prompt "${PROMPT_COMMAND[@]}")
  else
    PROMPT_COMMAND=__tend_prompt${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
  fi
fi
