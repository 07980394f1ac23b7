//! Certificates that somebody else keeps in a folder, and a server that takes new ones while it serves.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use axum_server::tls_rustls::RustlsConfig;
use dast_kubernetes::certificates::{Certificates, Held, Source, Step, next, service_names};
use jiff::{SignedDuration, Timestamp};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::handshake::{NAME, client};

fn made(now: Timestamp) -> Held {
    let names = service_names("dast-system", "dast-operator", "cluster.local");
    let Step::Write(made) = next(None, &names, now).unwrap() else { panic!() };
    made
}

fn write(folder: &Path, held: &Held) {
    for (name, text) in [("ca.crt", &held.authorities), ("tls.crt", &held.chain), ("tls.key", &held.key)] {
        fs::write(folder.join(name), text).unwrap();
    }
}

async fn read(folder: &Path) -> Result<Certificates, String> {
    let read = Source::Folder(folder.to_owned()).read(Timestamp::UNIX_EPOCH).await;
    read.map_err(|error| format!("{}: {error}", error.category()))
}

#[tokio::test]
async fn what_is_in_a_folder_is_held_against_itself() {
    let folder = tempfile::tempdir().unwrap();
    assert!(read(folder.path()).await.unwrap_err().starts_with("file: cannot read"));
    let (held, other) = (made(Timestamp::now()), made(Timestamp::now()));
    write(folder.path(), &held);
    let found = read(folder.path()).await.unwrap();
    assert_eq!(
        (found.chain(), found.key(), found.authorities()),
        (&*held.chain, &*held.key, &*held.authorities)
    );
    assert_eq!(found.until(), Timestamp::UNIX_EPOCH + SignedDuration::from_secs(10));

    let cases = [
        (Held { authorities: String::new(), ..held.clone() }, "ca.crt"),
        (Held { chain: "nonsense".to_owned(), ..held.clone() }, "tls.crt"),
        (Held { key: "nonsense".to_owned(), ..held.clone() }, "tls.key"),
        (Held { key: other.key.clone(), ..held.clone() }, "the key of the certificate in `tls.crt`"),
    ];
    for (broken, words) in cases {
        write(folder.path(), &broken);
        let error = read(folder.path()).await.unwrap_err();
        assert!(error.starts_with("content: ") && error.contains(words), "{error}");
        assert!(!error.contains("PRIVATE"), "{error}");
    }
}

#[tokio::test]
async fn what_has_expired_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let held = made(Timestamp::UNIX_EPOCH);
    write(folder.path(), &held);
    let source = Source::Folder(folder.path().to_owned());
    let read = async |seconds| {
        let end = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(90 * 24);
        source.read(end + SignedDuration::from_secs(seconds)).await
    };
    assert!(read(-1).await.is_ok());
    let error = read(0).await.unwrap_err().to_string();
    assert!(
        error
            .ends_with("tls.crt` is not accepted: expected a certificate of the server that has not expired"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_takes_new_ones_while_it_serves() {
    let _ = default_provider().install_default();
    let (first, second) = (made(Timestamp::now()), made(Timestamp::now()));
    let bytes = |text: &str| text.as_bytes().to_vec();
    let config = RustlsConfig::from_pem(bytes(&first.chain), bytes(&first.key)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/", get(async || "served"));
    let server = axum_server::from_tcp_rustls(listener, config.clone()).unwrap();
    let server = tokio::spawn(server.serve(app.into_make_service()));

    assert!(ask(address, &first).await && !ask(address, &second).await);
    config.reload_from_pem(bytes(&second.chain), bytes(&second.key)).await.unwrap();
    assert!(!ask(address, &first).await && ask(address, &second).await);
    server.abort();
}

/// Whether somebody who trusts those authorities is served.
async fn ask(address: SocketAddr, trusted: &Held) -> bool {
    let client = client(&trusted.authorities, Timestamp::now());
    let ask = move || -> std::io::Result<String> {
        let name = ServerName::try_from(NAME).unwrap();
        let client = ClientConnection::new(Arc::new(client), name).unwrap();
        let mut stream = StreamOwned::new(client, TcpStream::connect(address)?);
        write!(stream, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    tokio::task::spawn_blocking(ask).await.unwrap().is_ok_and(|answer| answer.ends_with("served"))
}
