//! A small program for pods, of the standard library alone: `probe serve PORT`, `probe get NAME:PORT…`.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.split_first().map(|(verb, rest)| (verb.as_str(), rest)) {
        Some(("serve", [port])) => serve(port),
        Some(("get", addresses)) => {
            for address in addresses {
                match get(address) {
                    Ok(text) => println!("{text}"),
                    Err(error) => {
                        println!("{address}: {error}");
                        return ExitCode::FAILURE;
                    }
                }
            }
            ExitCode::SUCCESS
        }
        _ => ExitCode::from(2),
    }
}

fn serve(port: &str) -> ExitCode {
    let listener = TcpListener::bind(format!("0.0.0.0:{port}")).unwrap();
    let text = format!("hello from {}", env::var("HOSTNAME").unwrap_or_default());
    for stream in listener.incoming().flatten() {
        let request = BufReader::new(&stream).lines().map_while(Result::ok);
        request.take_while(|line| !line.is_empty()).for_each(drop);
        let _ = write!(&stream, "HTTP/1.0 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
    }
    ExitCode::SUCCESS
}

fn get(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET / HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.lines().last().unwrap_or_default().to_owned())
}
