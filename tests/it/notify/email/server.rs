//! The other side: a real mail server in Python, and one of our own that misbehaves on purpose.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{tool, tools_folder};

/// The Python that has the packages, or `None` where they need not be there.
pub fn python() -> Option<PathBuf> {
    tool("aiosmtpd")?;
    Some(tools_folder().join("python/bin/python3"))
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/notify/email")
        .join(name)
}

fn run(python: &Path, name: &str, paths: &[PathBuf]) -> Vec<u8> {
    let output = Command::new(python)
        .arg(script(name))
        .args(paths)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A mail server that keeps what it gets.
pub struct Receiver {
    python: PathBuf,
    folder: TempDir,
    child: Child,
    _stdin: ChildStdin,
    pub port: NonZeroU16,
}

/// What arrived: the envelope, and the mail as Python's library reads it.
pub struct Arrived {
    pub envelope: Value,
    pub mail: Value,
    pub size: usize,
}

impl Receiver {
    /// `security` as in the configuration; the certificate is one of those of `certificates.py`. An empty `user` needs
    /// no password, another's is `s3cret`.
    pub fn start(security: &str, certificate: &str, user: &str) -> Option<Self> {
        let python = python()?;
        let folder = TempDir::new().unwrap();
        run(&python, "certificates.py", &[folder.path().to_owned()]);
        let mut child = Command::new(&python)
            .arg(script("receiver.py"))
            .arg(folder.path())
            .arg(security)
            .arg(folder.path().join(certificate).with_extension("pem"))
            .args([user, "s3cret"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It tells of every handshake that we break off.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        Some(Self {
            python,
            folder,
            _stdin: child.stdin.take().unwrap(),
            child,
            port: port.trim().parse().unwrap(),
        })
    }

    pub fn ca_file(&self) -> String {
        self.folder
            .path()
            .join("ca.pem")
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// The mails that arrived so far.
    pub fn arrived(&self) -> Vec<Arrived> {
        let path = |number: usize| self.folder.path().join(format!("{number}.eml"));
        let paths: Vec<_> = (1..=1000)
            .map(path)
            .take_while(|path| path.exists())
            .collect();
        let mails: Vec<Value> =
            serde_json::from_slice(&run(&self.python, "read_mail.py", &paths)).unwrap();
        let arrived = paths.iter().zip(mails).map(|(path, mail)| Arrived {
            envelope: serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap())
                .unwrap(),
            mail,
            size: fs::read(path).unwrap().len(),
        });
        arrived.collect()
    }

    /// The only mail that arrived.
    #[track_caller]
    pub fn only(&self) -> Arrived {
        let mut arrived = self.arrived();
        assert_eq!(arrived.len(), 1, "mails");
        arrived.remove(0)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the misbehaving server does.
#[derive(Clone, Copy)]
pub enum Do {
    /// Answers.
    Say(&'static str),
    /// Closes the connection.
    Close,
    /// Says nothing more.
    Hush,
    /// Says something that does not end, a byte at a time.
    Drip,
}

/// A server that answers as a test wants.
pub struct Rude {
    pub port: NonZeroU16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Rude {
    /// `answer` is asked with each line, the empty one for the greeting and a dot for the end of a mail; what it does not
    /// say is said by a server without extensions. The thread ends with the test binary.
    pub fn start(answer: impl Fn(&str) -> Option<Do> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                talk(stream, &answer, &ears);
            }
        });
        Self {
            port: port.try_into().unwrap(),
            heard,
        }
    }

    /// All lines that were said to it.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

fn talk(
    mut stream: TcpStream,
    answer: &impl Fn(&str) -> Option<Do>,
    heard: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    let mut in_mail = false;
    loop {
        if !in_mail || line == "." {
            in_mail = false;
            let usual = match line.get(..4).unwrap_or(&line) {
                "" => "220 rude.test",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 rude.test",
            };
            match answer(&line).unwrap_or(Do::Say(usual)) {
                Do::Say(text) => {
                    in_mail = text.starts_with("354");
                    stream.write_all(format!("{text}\r\n").as_bytes()).ok()?;
                }
                Do::Close => return None,
                Do::Hush => {
                    let _ = reader.read_to_end(&mut Vec::new());
                    return None;
                }
                Do::Drip => drip(&mut stream)?,
            }
        }
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        line.truncate(line.trim_end().len());
        heard.lock().unwrap().push(line.clone());
    }
}

/// A byte whenever the other side was silent for a while, until it is gone.
fn drip(stream: &mut TcpStream) -> Option<()> {
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .ok()?;
    loop {
        match stream.read(&mut [0; 100]) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                stream.write_all(b"2").ok()?;
            }
            Err(_) => return None,
        }
    }
}
