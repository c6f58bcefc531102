//! Secrets that begin as all of their kind do: data. The forms are those that the issuers document; lengths are the shortest
//! of each.

use super::Span;
use super::bytes::{is_base64, is_dense, is_dotted, is_token, is_word, run};

/// A kind of secret that is known by its beginning.
#[derive(Debug)]
pub(super) struct Form {
    /// What is written in its place.
    pub kind: &'static str,
    /// How it begins, in just these letters.
    pub prefixes: &'static [&'static str],
    /// Of which bytes the rest is.
    is_part: fn(u8) -> bool,
    /// How long the rest is at least.
    length: usize,
    /// If not 0, so many bytes of the rest must look random.
    dense: usize,
}

/// How much of the rest is looked at to decide.
const DECIDES: usize = 256;

impl Form {
    /// The secret that begins with the prefix there.
    pub(super) fn find(&self, text: &[u8], start: usize, prefix: usize) -> Option<Span> {
        let begin = text.get(start..prefix)?;
        if !self
            .prefixes
            .iter()
            .any(|prefix| prefix.as_bytes() == begin)
        {
            return None;
        }
        let near = run(text, prefix, DECIDES, self.is_part);
        let rest = text.get(prefix..near)?;
        if rest.len() < self.length || (self.dense > 0 && !is_dense(rest, self.dense)) {
            return None;
        }
        Some(Span {
            start,
            end: run(text, near, usize::MAX, self.is_part),
            kind: self.kind,
        })
    }
}

const fn form(
    kind: &'static str,
    prefixes: &'static [&'static str],
    is_part: fn(u8) -> bool,
    length: usize,
    dense: usize,
) -> Form {
    Form {
        kind,
        prefixes,
        is_part,
        length,
        dense,
    }
}

fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// Every kind. Those of [`crate::analyze::secrets`] that are not here are searched with that module's expressions.
pub(super) static FORMS: [Form; 40] = [
    form(
        "aws-access-key",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        is_upper,
        16,
        0,
    ),
    form(
        "github-token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        is_word,
        30,
        20,
    ),
    form(
        "github-fine-grained-token",
        &["github_pat_"],
        is_word,
        22,
        0,
    ),
    form(
        "gitlab-token",
        &[
            "glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glsoat-", "glagent-", "glft-",
            "glimt-",
        ],
        is_dotted,
        20,
        0,
    ),
    form("npm-token", &["npm_"], is_alphanumeric, 30, 0),
    form("pypi-token", &["pypi-AgEI", "pypi-AgEN"], is_token, 40, 0),
    form(
        "slack-token",
        &[
            "xoxb-",
            "xoxp-",
            "xoxa-",
            "xoxr-",
            "xoxs-",
            "xoxe-",
            "xoxo-",
            "xoxc-",
            "xoxd-",
            "xoxe.xoxp-",
            "xoxe.xoxb-",
            "xapp-",
        ],
        |byte| is_token(byte) || byte == b'%',
        10,
        0,
    ),
    form(
        "slack-webhook",
        &["hooks.slack.com/services/", "hooks.slack.com/workflows/"],
        |byte| is_token(byte) || byte == b'/',
        20,
        0,
    ),
    form(
        "stripe-key",
        &["sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"],
        is_base64,
        16,
        0,
    ),
    form("google-api-key", &["AIza"], is_token, 30, 0),
    form("google-oauth-token", &["ya29."], is_dotted, 20, 0),
    form("google-oauth-secret", &["GOCSPX-"], is_token, 20, 0),
    form("anthropic-key", &["sk-ant-"], is_token, 20, 0),
    form("openai-key", &["sk-", "sess-"], is_token, 20, 16),
    form(
        "huggingface-token",
        &["hf_", "api_org_"],
        is_alphanumeric,
        30,
        0,
    ),
    form("sendgrid-key", &["SG."], is_dotted, 40, 16),
    form(
        "digitalocean-token",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        is_hex,
        40,
        0,
    ),
    form(
        "shopify-token",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        is_hex,
        32,
        0,
    ),
    form("vault-token", &["hvs.", "hvb.", "hvr."], is_token, 20, 16),
    form("databricks-token", &["dapi"], is_hex, 32, 0),
    form("mailgun-key", &["key-"], is_hex, 32, 0),
    form("docker-token", &["dckr_pat_", "dckr_oat_"], is_token, 20, 0),
    form("grafana-token", &["glsa_", "glc_"], is_base64, 30, 0),
    form(
        "linear-key",
        &["lin_api_", "lin_oauth_"],
        is_alphanumeric,
        30,
        0,
    ),
    form("notion-token", &["ntn_", "secret_"], is_alphanumeric, 40, 0),
    form(
        "doppler-token",
        &["dp.pt.", "dp.st.", "dp.sa.", "dp.ct."],
        is_dotted,
        30,
        20,
    ),
    form("atlassian-token", &["ATATT3", "ATCTT3"], is_base64, 40, 0),
    form(
        "planetscale-token",
        &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"],
        is_dotted,
        30,
        0,
    ),
    form("supabase-key", &["sbp_", "sb_secret_"], is_word, 20, 20),
    form("groq-key", &["gsk_"], is_alphanumeric, 30, 0),
    form("xai-key", &["xai-"], is_alphanumeric, 40, 0),
    form("perplexity-key", &["pplx-"], is_alphanumeric, 30, 0),
    form("replicate-token", &["r8_"], is_alphanumeric, 30, 0),
    form("newrelic-key", &["NRAK-", "NRII-"], is_token, 20, 0),
    form("rubygems-key", &["rubygems_"], is_hex, 40, 0),
    form("sentry-token", &["sntrys_", "sntryu_"], is_base64, 40, 0),
    form("square-token", &["sq0atp-", "sq0csp-"], is_token, 20, 0),
    form(
        "tailscale-key",
        &["tskey-auth-", "tskey-api-", "tskey-client-"],
        is_token,
        20,
        0,
    ),
    form("pulumi-token", &["pul-"], is_hex, 40, 0),
    form("fly-token", &["fo1_", "fm2_", "fm1r_"], is_base64, 30, 0),
];
