"""A second measurement of functions on tokens alone: Rust, Go, Java and C."""

import collections, re

TOKENS = {
    "Rust": r"//[^\n]*|/\*.*?\*/|b?r(?P<h>#*)\".*?\"(?P=h)|b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\[^']*|[^\\'\n])'|'\w+|\w+|&&=?|\|\|=?|=>|->|::|[^\s\w]|\n",
    "Go": r"//[^\n]*|/\*.*?\*/|`[^`]*`|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'|\w+|&&|\|\||[^\s\w]|\n",
    "Java": r"//[^\n]*|/\*.*?\*/|\"\"\".*?\"\"\"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'|\w+|&&|\|\||->|[^\s\w]|\n",
    "C": r"//[^\n]*|/\*.*?\*/|^[ \t]*#(?:[^\n\\]|\\.)*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'|\w+|&&|\|\||[^\s\w]|\n",
}
BEFORE_BINARY = re.compile(r"^[\w\"'`)\]}?]")
NEVER_BEFORE_BINARY = {"return", "move", "in", "if", "while", "match", "else", "mut", "let", "await"}


def token_units(language, source, spans):
    """What functions at known places hold by our definition, counted on tokens: (start, end) → decisions by kind.

    No parser, so that it shares no mistake with one; but it knows what tokens mean by their neighbours."""
    tokens, line = [], 1
    for match in re.finditer(TOKENS[language], source, flags=re.S | re.M):
        text = match[0]
        if not text.startswith(("//", "/*", "\n")) and not (language == "C" and text.lstrip().startswith("#")):
            tokens.append((text, line))
        line += text.count("\n")
    return {span: count_tokens(language, [one for one in tokens if span[0] <= one[1] <= span[1]]) for span in spans}


def count_tokens(language, tokens):
    """Decisions by kind in the tokens of one function."""
    kinds = collections.Counter()
    words = [text for text, _ in tokens]
    at = lambda index: words[index] if 0 <= index < len(words) else ""
    closers = {"{": "}", "(": ")", "[": "]"}

    def end_of(index):
        """Behind the bracket that opens here."""
        depth, opening = 0, words[index]
        while index < len(words):
            depth += (words[index] == opening) - (words[index] == closers[opening])
            index += 1
            if depth == 0:
                break
        return index

    index, functions, matches = 0, 0, []
    while index < len(words):
        word, last, next_word = words[index], at(index - 1), at(index + 1)
        while matches and index >= matches[-1][1]:
            matches.pop()
        if language == "Rust":
            if word == "fn" and re.match(r"\w", next_word):
                functions += 1
                if functions > 1 and "{" in words[index:]:
                    # A function in this one.
                    body = words.index("{", index)
                    if ";" not in words[index:body]:
                        index = end_of(body)
                        continue
            elif word == "!" and re.match(r"\w", last) and next_word in closers:
                # Nobody knows what a macro makes of its tokens.
                index = end_of(index + 1)
                continue
            elif word == "match" and last != ".":
                body = index + 1
                while body < len(words) and words[body] != "{":
                    body = end_of(body) if words[body] in "([" else body + 1
                if body < len(words):
                    matches.append((body, end_of(body)))
                    arms, inside_it = 0, body + 1
                    while inside_it < matches[-1][1] - 1:
                        if words[inside_it] in closers:
                            inside_it = end_of(inside_it)
                            continue
                        arms += words[inside_it] == "=>"
                        inside_it += 1
                    kinds["arm of match"] += max(0, arms - 1)
            elif word == "else" and last != "}":
                kinds["let else"] += 1
            elif word == "for" and next_word != "<":
                body = words.index("{", index) if "{" in words[index:] else index
                kinds["for"] += "in" in words[index:body]
        elif word == "for":
            kinds["for"] += 1
        if word in ("if", "while"):
            kinds[word] += 1
        elif word in ("&&", "||"):
            binary = BEFORE_BINARY.match(last) and last not in NEVER_BEFORE_BINARY
            kinds[word] += bool(binary or language != "Rust")
        elif word == "case" and language in ("Go", "Java", "C"):
            kinds["case"] += 1
        elif word == "catch" and language == "Java":
            kinds["catch"] += 1
        elif word == "?" and language in ("Java", "C") and last not in ("<", ","):
            kinds["?"] += 1
        index += 1
    return +kinds
