//! What a user's words say of the work before: praise, correction, or just that it may go on. English only.

use std::sync::LazyLock;

use regex::Regex;

/// What a person types is seldom longer; what is pasted says nothing of the work.
const LOOKED_AT: usize = 1000;
/// A message this short is no correction.
const SHORT: usize = 5;
/// A message that is longer than this gives guidance, whatever its words.
const GUIDANCE: usize = 50;
/// A message this short lets the work go on.
const NOD: usize = 10;

// The ends of words are ASCII's: with Unicode's, the fast engine of the library gives up at the first other letter.

/// Words of praise, and signs.
static PRAISE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        (?-u:\b)(?: thanks? | thx | ty | thank\ you | cheers | perfect(?:ly)? | great | awesome | excellent | brilliant | amazing
            | fantastic | wonderful | superb | lovely | beautiful | impressive | kudos | bravo | lgtm | ship\ it | love\ it
            | nice(?:ly\ done|\ (?:work|job|one|touch))? | well\ done | (?:good|great)\ (?:work|job|catch|call)
            | (?:looks?|works?|reads?)\ (?:good|great|fine|well|nice|perfect) | (?:that|it|this|everything)(?:'s|\ is)?\ works?
            | (?:that|this|it)\ (?:did\ it|fixed\ it|solved\ it) | works\ now | all\ (?:done|set|good|green) | spot\ on | exactly\ what\ i
        )(?-u:\b)
        | [👍🎉✅🙌🚀💯👏🙏] | ❤",
    )
    .ok()
});

/// What turns such words round: negations, wishes, irony.
static NOT_MEANT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        (?-u:\b)(?:not|isn't|isnt|wasn't|aren't|never|no|hardly|far\ from|less\ than)\s+(?:\w+\s+)?
            (?:great|perfect|good|nice|fine|working|excellent|ideal|all\ set|what\ i)(?-u:\b)
        | (?-u:\b)(?:doesn't|does\ not|didn't|did\ not|don't|won't|can't|cannot)\s+(?:\w+\s+)?(?:work|look|help|fix)(?-u:\b)
        | (?-u:\b)still\s+(?:not|broken|fail\w*|wrong|the\ same|doesn't|does\ not|isn't|getting|an?\ error)(?-u:\b)
        | (?-u:\b)(?:would|could|might|should|will|to)\s+be\s+(?:\w+\s+)?(?:great|perfect|nice|good|awesome|lovely|excellent|wonderful)(?-u:\b)
        | (?-u:\b)(?:great|perfect|awesome|wonderful|nice|fantastic)(?-u:\b)[,.!…]*\s+(?:another|more|yet|now\s+(?:it|we|i|the|everything))(?-u:\b)
        | (?-u:\b)(?:oh|just|yeah)[,]?\s+(?:great|perfect|wonderful|lovely|brilliant|fantastic)(?-u:\b)
        | (?-u:\b)thanks?\s+(?:for\s+nothing|in\s+advance|to(?-u:\b))
        | (?-u:\b)no[,]?\s+thanks?(?-u:\b)
        | (?-u:\b)done\s+(?:trying|with\s+this)(?-u:\b)
        | (?-u:\b)yeah,?\s+right(?-u:\b) | (?-u:\b)sarcas\w* | 🙄|🤦|👎",
    )
    .ok()
});

/// What says that something is to be otherwise.
static CORRECTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        ^\s*(?:no|nope|nah|wait|stop|hmm+)(?-u:\b)
        | (?-u:\b)(?:wrong | incorrect | mistake | broken | fails? | failing | failed | not\ (?:what|right|correct|working|quite)
            | instead | actually | rather\ than | should(?:\ not|n't)?\ (?:be|have|use) | supposed\ to | change | fix | undo | revert
            | roll\ back | redo | try\ again | retry | again | still | you\ (?:forgot|missed|broke|removed|deleted)
            | i\ (?:said|meant|asked|told\ you) | don't | doesn't | didn't | what\ (?:went\ wrong|happened)
        )(?-u:\b)
        | (?-u:\b)why(?-u:\b).*\?",
    )
    .ok()
});

fn matches(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    LazyLock::force(regex)
        .as_ref()
        .is_some_and(|regex| regex.is_match(text))
}

/// What is looked at of a message, with apostrophes as they are typed.
fn typed(text: &str) -> String {
    let text = text.trim().chars().take(LOOKED_AT);
    text.map(|letter| if letter == '’' { '\'' } else { letter })
        .collect()
}

/// Whether a user is pleased, and means it.
pub(super) fn praises(text: &str) -> bool {
    let text = typed(text);
    matches(&PRAISE, &text) && !matches(&NOT_MEANT, &text)
}

/// Whether a user wants something otherwise: it says so, or it is long and no praise.
pub(super) fn corrects(text: &str) -> bool {
    let text = typed(text);
    let longer_than = |length: usize| text.chars().nth(length).is_some();
    text.chars().count() >= SHORT
        && (!matches(&PRAISE, &text) || matches(&NOT_MEANT, &text))
        && (matches(&CORRECTION, &text) || matches(&NOT_MEANT, &text) || longer_than(GUIDANCE))
}

/// Whether a user only lets the work go on: `ok`, `yes`, `go on`.
pub(super) fn acknowledges(text: &str) -> bool {
    typed(text).chars().count() < NOD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn praise_is_told_from_what_only_sounds_so() {
        for text in [
            "Thanks!",
            "perfect",
            "Great, commit it",
            "looks good to me",
            "LGTM",
            "that works",
            "it works now, thank you",
            "well done 🎉",
            "👍",
            "nice work",
            "ok nice",
            "This is exactly what I wanted",
            "❤️",
            "Awesome. Now add tests for it",
        ] {
            assert!(praises(text), "{text}");
            assert!(!corrects(text), "{text}");
        }
        for text in [
            "great, another error",
            "thanks for nothing",
            "it's not working",
            "still broken",
            "that would be great",
            "not great",
            "This isn't quite perfect",
            "oh great",
            "yeah right, perfect",
            "Perfect, now it crashes",
            "I'm done trying",
            "it doesn't work",
            "no thanks",
            "thanks to the cache it fails",
            "add a greatest function",
            "",
            "please do it, thanks in advance",
            "that doesn’t look good",
        ] {
            assert!(!praises(text), "{text}");
        }
        // Pasted text says nothing.
        assert!(!praises(&format!("{} thanks", "x ".repeat(600))));
    }

    #[test]
    fn corrections_are_told_from_nods() {
        for text in [
            "no, use the other one",
            "that's wrong",
            "why did you delete it?",
            "use tabs instead",
            "you forgot the tests",
            "revert that",
            "still failing",
            "it is not what I meant",
            "try again please",
            "Let us make the parser read the numbers from the second column",
        ] {
            assert!(corrects(text), "{text}");
        }
        for text in ["ok", "yes", "go", "continue", "run the tests", "", "no"] {
            assert!(!corrects(text), "{text}");
        }
        assert!(acknowledges("ok go on") && !acknowledges("use the other file"));
    }
}
