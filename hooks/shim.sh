#!/bin/sh
# git-tend hook @VERSION@: @EVENT@. Made by `git tend install-hooks`, removed by `git tend uninstall-hooks`.
_tend_program=@PROGRAM@
_tend_missing=@MISSING@
_tend_folder=${0%/*}
while [ "$_tend_folder" != "${_tend_folder%/}" ]; do _tend_folder=${_tend_folder%/}; done
_tend_before=$_tend_folder.tend-prev/@EVENT@

if [ "$TEND" != 0 ]; then
  [ -x "$_tend_program" ] && exec "$_tend_program" hook --shim "$0" @EVENT@ "$@"
  command -v git-tend >/dev/null 2>&1 && exec git-tend hook --shim "$0" @EVENT@ "$@"
  echo "tend: @EVENT@ does nothing: git-tend is neither $_tend_program nor in PATH ($PATH)" >&2
else
  _tend_missing=open
fi
[ -x "$_tend_before" ] && { "$_tend_before" "$@" || exit; }
[ "$_tend_missing" = open ]
