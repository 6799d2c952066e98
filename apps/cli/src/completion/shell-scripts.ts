// The scripts by which shells ask `colora completion words` for what may stand next. Words come a line each, behind a tab what they mean.

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const bash = `# colora completion bash: for ~/.bashrc, as   source <(colora completion bash)
_colora() {
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do COMPREPLY+=("$word"); done < <(
    colora completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null
  )
}
complete -o default -F _colora colora
`;

const zsh = `#compdef colora
# colora completion zsh: for ~/.zshrc behind compinit, as   source <(colora completion zsh)
_colora() {
  local line
  local -a found
  for line in "\${(@f)$(colora completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#found )); then _describe colora found; else _files; fi
}
compdef _colora colora
`;

const fish = `# colora completion fish: for ~/.config/fish/completions/colora.fish
function __colora_complete
  set -l before (commandline -opc)
  set -l typed (commandline -ct)
  set -l found (colora completion words -- $before[2..-1] "$typed" 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path "$typed"
  end
end
complete -c colora -f -a '(__colora_complete)'
`;

export const shellScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
