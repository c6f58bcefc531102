//! What the real agents of today do not write any more, or only at times.

use super::*;
use crate::sessions::model::Lineage;

fn lines(agent: Agent, lines: &[&str]) -> (Vec<Event>, Reader) {
    read(agent, (lines.join("\n") + "\n").as_bytes())
}

fn told_by(agent: Agent, text: &[&str]) -> Vec<String> {
    let (events, reader) = lines(agent, text);
    assert_eq!(reader.broken().total(), 0);
    told(&events)
}

#[test]
fn pi_1_is_a_list() {
    let (events, reader) = lines(
        Agent::Pi,
        &[
            r#"{"type":"session","id":"s","timestamp":"2025-11-01T00:00:00Z","cwd":"/x","provider":"p","modelId":"m"}"#,
            r#"{"type":"message","timestamp":"2025-11-01T00:00:01Z","message":{"role":"user","content":"a"}}"#,
            r#"{"type":"compaction","timestamp":"2025-11-01T00:00:02Z","summary":"b","firstKeptEntryIndex":1,"tokensBefore":9}"#,
            r#"{"type":"message","message":{"role":"hookMessage","customType":"h","content":"c","timestamp":1761955203000}}"#,
        ],
    );
    assert_eq!(
        told(&events),
        [
            "user: a",
            "compaction: Some(9) b",
            r#"custom h: {"text":"c"}"#
        ]
    );
    assert_eq!(
        events
            .iter()
            .map(|event| event.id.as_str())
            .collect::<Vec<_>>(),
        ["L2", "L3", "L4"]
    );
    assert_eq!(
        events
            .iter()
            .map(|event| event.link.clone())
            .collect::<Vec<_>>(),
        [Link::Root, Link::Previous, Link::Previous]
    );
    assert_eq!(events[2].at.unwrap().to_string(), "2025-11-01T00:00:03Z");
    assert_eq!(reader.session().unwrap().version.as_deref(), Some("1"));
}

#[test]
fn pi_tells_no_exit_code_of_what_was_cancelled() {
    let shell = |more: &str| {
        let line = format!(
            r#"{{"type":"message","id":"a","parentId":null,"message":{{"role":"bashExecution","command":"c","output":"o"{more}}}}}"#
        );
        told_by(Agent::Pi, &[&line])
    };
    assert_eq!(shell(r#","exitCode":3"#), ["shell: c -> o Some(3)"]);
    assert_eq!(
        shell(r#","exitCode":3,"cancelled":true"#),
        ["shell: c -> o None"]
    );
    assert_eq!(shell(r#","exitCode":null"#), ["shell: c -> o None"]);
}

#[test]
fn pi_087_adds_usage() {
    let told = told_by(
        Agent::Pi,
        &[
            r#"{"type":"session","version":3,"id":"s"}"#,
            r#"{"type":"message","id":"a","parentId":null,"message":{"role":"system","sections":[],"toolsAdded":[]}}"#,
            r#"{"type":"usage","id":"b","parentId":"a","kind":"title","provider":"p","model":"m","usage":{"input":1,"output":2,"cost":{"total":0.5}}}"#,
            r#"{"type":"compaction","id":"c","parentId":"b","summary":"s","tokensBefore":7,"usage":{"input":3,"output":4}}"#,
            r#"{"type":"context_edit","id":"d","parentId":"c","targetId":"a","replacement":{}}"#,
            r#"{"type":"message","id":"e","parentId":"d","message":{"role":"user","content":"x"}}"#,
        ],
    );
    assert_eq!(
        told,
        [
            "spent 1+0+0>2 $0.5",
            "compaction: Some(7) s",
            "~ spent 3+0+0>4",
            "user: x"
        ]
    );
}

#[test]
fn claude_tells_usage_while_it_grows() {
    let line = |uuid: &str, parent: &str, output: u64| {
        format!(
            r#"{{"type":"assistant","uuid":"{uuid}","parentUuid":{parent},"sessionId":"s","requestId":"r","message":{{"id":"m","model":"claude-x","content":[{{"type":"text","text":"t"}}],"usage":{{"input_tokens":5,"output_tokens":{output}}}}}}}"#
        )
    };
    let (first, second, third) = (
        line("a", "null", 1),
        line("b", "\"a\"", 40),
        line("c", "\"b\"", 40),
    );
    assert_eq!(
        told_by(Agent::ClaudeCode, &[&first, &second, &third]),
        [
            "assistant: t 5+0+0>1",
            "assistant: t 0+0+0>39",
            "assistant: t"
        ]
    );
}

#[test]
fn claude_with_a_sub_agent_in_the_same_file() {
    let told = told_by(
        Agent::ClaudeCode,
        &[
            r#"{"type":"user","uuid":"a","parentUuid":null,"sessionId":"s","isSidechain":false,"message":{"content":"go"}}"#,
            r#"{"type":"user","uuid":"b","parentUuid":null,"sessionId":"s","isSidechain":true,"message":{"content":"below"}}"#,
            r#"{"type":"assistant","uuid":"c","parentUuid":"a","sessionId":"s","message":{"content":[{"type":"text","text":"done"}]}}"#,
        ],
    );
    assert_eq!(told, ["user: go", "> user: below", "^ assistant: done"]);
}

#[test]
fn claude_copies_into_forks() {
    let (events, reader) = lines(
        Agent::ClaudeCode,
        &[
            r#"{"type":"user","uuid":"c1","parentUuid":null,"sessionId":"s","forkedFrom":{"sessionId":"p","messageUuid":"o1"},"message":{"content":"one"}}"#,
            r#"{"type":"assistant","uuid":"c2","parentUuid":"c1","sessionId":"s","forkedFrom":{"sessionId":"p","messageUuid":"o2"},"message":{"content":"two"}}"#,
            r#"{"type":"user","uuid":"n3","parentUuid":"c2","sessionId":"s","message":{"content":"three"}}"#,
        ],
    );
    let tree: Vec<_> = events
        .iter()
        .map(|event| (event.id.as_str(), event.link.clone()))
        .collect();
    let to = |id: &str| Link::To(id.to_owned());
    assert_eq!(
        tree,
        [("o1", Link::Root), ("o2", to("o1")), ("n3", to("o2"))]
    );
    assert_eq!(
        reader.session().unwrap().parent,
        Some(Lineage::ForkOf("p".to_owned()))
    );
}

#[test]
fn claude_of_many_kinds() {
    let told = told_by(
        Agent::ClaudeCode,
        &[
            r#"{"type":"summary","summary":"another session's","leafUuid":"z"}"#,
            r#"{"type":"file-history-snapshot","messageId":"a","snapshot":{}}"#,
            r#"{"type":"user","uuid":"a","parentUuid":null,"sessionId":"s","message":{"content":[{"type":"text","text":"look"},{"type":"image","source":{"type":"base64","data":"AAAA"}}]}}"#,
            r#"{"type":"assistant","uuid":"b","parentUuid":"a","sessionId":"s","message":{"content":[{"type":"tool_use","id":"1","name":"Read","input":{"file_path":"x"}},{"type":"tool_use","id":"2","name":"LS","input":{}}],"stop_reason":"tool_use"}}"#,
            r#"{"type":"user","uuid":"c","parentUuid":"b","sessionId":"s","toolUseResult":"AAAA","message":{"content":[{"type":"tool_result","tool_use_id":"1","content":"one"},{"type":"tool_result","tool_use_id":"2","content":[{"type":"text","text":"two"},{"type":"image"}],"is_error":true},{"type":"text","text":"[Request interrupted by user for tool use]"}]}}"#,
            r#"{"type":"user","uuid":"d","parentUuid":"c","sessionId":"s","isMeta":true,"message":{"content":"Continue from where you left off."}}"#,
            r#"{"type":"user","uuid":"e","parentUuid":"d","sessionId":"s","message":{"content":"<bash-input>ls</bash-input>"}}"#,
            r#"{"type":"queue-operation","operation":"enqueue","sessionId":"s"}"#,
            r#"{"type":"user","uuid":"f","parentUuid":"e","sessionId":"s","message":{"content":"<bash-stdout>x</bash-stdout><bash-stderr>y</bash-stderr><bash-exit-code>1</bash-exit-code>"}}"#,
            r#"{"type":"assistant","uuid":"g","parentUuid":"f","sessionId":"s","isApiErrorMessage":true,"message":{"model":"<synthetic>","content":[{"type":"text","text":"API Error: 529"}]}}"#,
            r#"{"type":"user","uuid":"h","parentUuid":"g","sessionId":"s","isCompactSummary":true,"message":{"content":"sum"}}"#,
            r#"{"type":"system","subtype":"compact_boundary","uuid":"i","parentUuid":null,"logicalParentUuid":"h","sessionId":"s","compactMetadata":{"trigger":"auto","preTokens":12}}"#,
            r#"{"type":"user","uuid":"j","parentUuid":"i","sessionId":"s","message":{"content":"<system-reminder>x</system-reminder>"}}"#,
            r#"{"type":"summary","summary":"its name","leafUuid":"j"}"#,
        ],
    );
    assert_eq!(
        told,
        [
            "user: look (1 images)",
            r#"assistant:  [Read {"file_path":"x"}] [LS {}] ToolUse"#,
            "Read: one",
            "~ LS!: two",
            "~ assistant:  Aborted",
            "shell: ls -> x\ny Some(1)",
            "assistant:  Error error: API Error: 529",
            "compaction: None sum",
            "compaction: Some(12) ",
            "~ name: its name",
        ]
    );
}

#[test]
fn codex_before_its_lines_had_types() {
    let (events, reader) = lines(
        Agent::Codex,
        &[
            r#"{"id":"s","timestamp":"2025-07-01T00:00:00Z","instructions":null,"git":{"commit_hash":"c","branch":"b"}}"#,
            r#"{"record_type":"state"}"#,
            r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"go"}]}"#,
            r#"{"type":"function_call","name":"shell","arguments":"{\"command\":[\"ls\"]}","call_id":"1"}"#,
            r#"{"type":"function_call_output","call_id":"1","output":"{\"output\":\"x\",\"metadata\":{\"exit_code\":2}}"}"#,
            r#"{"type":"local_shell_call","call_id":"2","action":{"command":["ls"]}}"#,
            r#"{"type":"custom_tool_call","call_id":"3","name":"apply_patch","input":"*** Begin Patch"}"#,
        ],
    );
    assert_eq!(
        told(&events),
        [
            "user: go",
            r#"assistant:  [shell {"command":["ls"]}] ToolUse"#,
            "shell!: x",
            r#"assistant:  [local_shell {"command":["ls"]}] ToolUse"#,
            r#"assistant:  [apply_patch "*** Begin Patch"] ToolUse"#,
        ]
    );
    let session = reader.session().unwrap();
    assert_eq!(
        (session.id.as_str(), session.commit.as_deref()),
        ("s", Some("c"))
    );
}

#[test]
fn codex_of_many_kinds() {
    let told = told_by(
        Agent::Codex,
        &[
            r#"{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"s","model_provider":"openai"}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"turn_context","payload":{"model":"m"}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"turn_context","payload":{"model":"m"}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"user_message","message":"go"}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"token_count","info":null}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"thread_rolled_back","num_turns":2}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"turn_aborted","reason":"interrupted"}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"error","message":"no quota"}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"thread_name_updated","thread_name":"n"}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":100,"cached_input_tokens":60,"output_tokens":5}}}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":100,"cached_input_tokens":60,"output_tokens":5}}}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":10,"output_tokens":1},"last_token_usage":{"input_tokens":10,"output_tokens":1}}}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"world_state","payload":{"full":true}}"#,
            r#"{"timestamp":"2026-01-01T00:00:01Z","type":"compacted","payload":{"message":"sum"}}"#,
        ],
    );
    assert_eq!(
        told,
        [
            "model: openai/m",
            "back: 2",
            "assistant:  Aborted",
            "assistant:  Error error: no quota",
            "name: n",
            "spent 40+60+0>5",
            "spent 10+0+0>1",
            "compaction: None sum",
        ]
    );
}

#[test]
fn codex_with_a_fork_that_was_copied() {
    let (events, reader) = lines(
        Agent::Codex,
        &[
            r#"{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"child","forked_from_id":"parent","cwd":"/x"}}"#,
            r#"{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"parent","cwd":"/y"}}"#,
            r#"{"timestamp":"2026-01-01T00:00:00.1Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":100,"output_tokens":5},"last_token_usage":{"input_tokens":100,"output_tokens":5}}}}"#,
            r#"{"timestamp":"2026-01-01T00:00:00.1Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":300,"output_tokens":9},"last_token_usage":{"input_tokens":200,"output_tokens":4}}}}"#,
            r#"{"timestamp":"2026-01-01T00:00:09Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":330,"output_tokens":10},"last_token_usage":{"input_tokens":30,"output_tokens":1}}}}"#,
        ],
    );
    assert_eq!(told(&events), ["spent 30+0+0>1"]);
    let session = reader.session().unwrap();
    assert_eq!(session.parent, Some(Lineage::ForkOf("parent".to_owned())));
    assert_eq!(
        (session.id.as_str(), session.folder.as_deref()),
        ("child", Some("/x"))
    );
}
