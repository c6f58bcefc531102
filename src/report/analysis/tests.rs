//! Whatever a result holds, it is shown.

use serde_json::{Value, json};

use super::lines;

const KINDS: [&str; 9] = [
    "codebase_analysis",
    "complexity_analysis",
    "technical_debt_analysis",
    "secrets_analysis",
    "dependencies_analysis",
    "pattern_analysis",
    "steward_analysis",
    "conversation_analysis",
    "something_else",
];

#[test]
fn results_of_another_form_are_shown_as_far_as_they_are_understood() {
    for kind in KINDS {
        for body in [
            Value::Null,
            json!({}),
            json!([]),
            json!({"summary": ["a  b", 3]}),
            json!({"complex": [{}], "markers": [{"since": "é"}], "secrets": [1], "history": 7}),
            json!({"sessions": 3, "agents": [1], "prompts": {"days": 1, "style": [{}, {"key": "prompt.é", "value": null}]}}),
            json!({"note": "x", "words": [{}], "decisions": [{"at": "é"}], "errors": [null], "technologies": [{}]}),
            json!({"hot_spots": [{"score": "x"}], "breakdown": {"languages": [null]}, "coding_style": {}}),
        ] {
            let _ = lines(kind, &body);
        }
        assert_eq!(
            lines(kind, &json!({"error": "failed to x"})),
            ["failed to x"]
        );
    }
}
