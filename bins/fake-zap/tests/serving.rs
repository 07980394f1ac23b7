//! The program as a container runs it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

const PAGES: &str = "http://api.test:8080/v2/swagger.json http://api.test:8080/v2/pets";

struct Program {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    address: String,
}

impl Program {
    fn start() -> Self {
        let options = ["-config", "api.key=a key", "-config", "replacer.full_list(0).description=auth1"];
        let rule = [
            "-config",
            "replacer.full_list(0).replacement=Bearer abc",
            "-config",
            "replacer.full_list(0).enabled=true",
        ];
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("dast-fake-zap"));
        command.args(["-Xmx512m", "-daemon", "-host", "127.0.0.1", "-port", "0"]).args(options).args(rule);
        let mut child = command.env("FAKE_ZAP_PAGES", PAGES).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        log.read_line(&mut first).unwrap();
        let address = first.trim().strip_prefix("a fake ZAP listens at http://").unwrap().to_owned();
        Self { child, log, address }
    }

    fn ask(&self, call: &str, key: &str) -> Value {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET /JSON/{call} HTTP/1.1\r\nHost: zap\r\nX-ZAP-API-Key: {key}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.log.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_knows_what_it_was_told_and_says_what_it_is_asked() {
    let mut program = Program::start();
    assert_eq!(program.ask("core/view/version/", "none")["code"], "bad_api_key");
    assert_eq!(program.next_line(), "core/view/version");
    let rules = program.ask("replacer/view/rules/", "a key");
    let rule = &rules["rules"][0];
    assert_eq!((&rule["description"], &rule["replacement"]), (&json!("auth1"), &json!("Bearer abc")));
    assert_eq!((&rule["enabled"], &rule["matchRegex"]), (&json!("true"), &json!("false")));
    assert_eq!(program.next_line(), "replacer/view/rules");
    let import =
        "openapi/action/importUrl/?url=http%3A%2F%2Fapi.test%3A8080%2Fv2%2Fswagger.json&apikey=secret";
    assert_eq!(program.ask(import, "a key"), json!({"importUrl": []}));
    assert_eq!(program.next_line(), "openapi/action/importUrl url=http://api.test:8080/v2/swagger.json");
    let urls = program.ask("core/view/urls/", "a key");
    assert!(urls.to_string().contains("http://api.test:8080/v2/pets"), "{urls}");
}

#[test]
fn a_termination_signal_ends_it() {
    let mut program = Program::start();
    let killed = Command::new("kill").arg(program.child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert!(program.child.wait().unwrap().success());
}
