//! Webhooks over TLS, with authorities of the test's own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use git_tend::notify::Channel as _;

use super::{LONG, later, one, refused, settings, webhook};
use crate::support::{real_tools_required, tool};

/// Serves requests over TLS as `localhost`, with a certificate of an authority that it makes.
const SERVER: &str = r#"
import datetime, http.server, ssl, sys, trustme
folder, names, kind = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
authority = trustme.CA()
authority.cert_pem.write_to_path(f"{folder}/ca.pem")
trustme.CA().cert_pem.write_to_path(f"{folder}/other.pem")
past = datetime.datetime(2001, 1, 1)
leaf = authority.issue_cert(*names, not_before=past, not_after=past + datetime.timedelta(days=1)) \
    if kind == "expired" else authority.issue_cert(*names)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["content-length"])
        print(self.rfile.read(length).decode(), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
if kind == "old":
    context.maximum_version = ssl.TLSVersion.TLSv1_2
leaf.configure_cert(context)
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.handle_error = lambda *_: None
server.serve_forever()
"#;

struct Server {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// `None` where Python or its module is missing and need not be there.
    fn new(folder: &Path, names: &str, kind: &str) -> Option<Self> {
        let python = tool("python3")?;
        let mut child = Command::new(python)
            .args(["-c", SERVER, folder.to_str().unwrap(), names, kind])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .next()
            .map_or(0, |port| port.unwrap().parse().unwrap());
        let server = Self { child, lines, port };
        if server.port > 0 {
            return Some(server);
        }
        assert!(
            !real_tools_required(),
            "Python's trustme is missing: .ci/tools installs it"
        );
        eprintln!("not tested: Python's trustme is missing");
        None
    }

    fn send(&self, host: &str, ca_file: Option<&Path>) -> Result<(), git_tend::notify::Refusal> {
        let mut settings = settings(&format!("https://{host}:{}/S3CRET", self.port));
        settings.ca_file = ca_file.map(|path| path.to_str().unwrap().to_owned());
        webhook(settings).send(&one(), LONG)
    }
}

#[test]
fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (
        folder.path().join("ca.pem"),
        folder.path().join("other.pem"),
    );
    for kind in ["new", "old"] {
        let Some(mut server) = Server::new(folder.path(), "localhost,127.0.0.1", kind) else {
            return;
        };
        for stranger in [Some(other.as_path()), None] {
            let text = later(server.send("localhost", stranger));
            assert!(text.contains("invalid peer certificate"), "{text}");
            assert!(!text.contains("S3CRET"), "{text}");
        }
        for host in ["localhost", "127.0.0.1"] {
            assert_eq!(server.send(host, Some(&own)), Ok(()));
            let body = server.lines.next().unwrap().unwrap();
            assert!(body.starts_with(r#"{"schema":1,"id":"01J","#), "{body}");
        }
    }
}

#[test]
fn a_certificate_must_be_for_the_host_and_for_today() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("ca.pem");
    for (names, kind) in [("example.org", "new"), ("localhost", "expired")] {
        let Some(server) = Server::new(folder.path(), names, kind) else {
            return;
        };
        let text = later(server.send("localhost", Some(&own)));
        assert!(text.contains("certificate"), "{text}");
    }
}

#[test]
fn a_file_that_is_no_authority_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "nothing\n").unwrap();
    let mut settings = settings("https://localhost:1/");
    settings.ca_file = Some(file.to_str().unwrap().to_owned());
    let text = refused(webhook(settings).send(&one(), LONG));
    assert!(text.ends_with("has no certificates (PEM)"), "{text}");
}
