//! TLS: who is trusted, and what is said of whoever is not. The provider is the program's choice, and there is one in a
//! process, so that this is one test.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::sync::Arc;

use dast_core::{Collected, ScanError, ScanRequest, Scanner, Target};
use dast_engines::passive::{PassiveScanner, PassiveScannerBuilder};
use dast_policy::{Cause, Completion};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

type Authority = CertifiedIssuer<'static, KeyPair>;

#[tokio::test]
async fn tls_needs_a_provider_and_trust() {
    let authority = authority("ours");
    let origin = serve(certificate(&authority, "localhost")).await;
    let ours = || PassiveScanner::builder().ca_certificates(authority.pem());
    let others = || PassiveScanner::builder().ca_certificates(self::authority("others").pem());

    let error = scan(ours(), &origin).await.unwrap_err();
    assert!(error.to_string().contains("install"), "{error}");
    assert!(!error.is_retryable());

    default_provider().install_default().unwrap();
    let trusted = scan(ours(), &origin).await.unwrap();
    assert_eq!(trusted.completion, Completion::Complete);
    assert_eq!(trusted.coverage.pages, 2);
    let insecure = trusted.findings.iter().filter(|finding| finding.alert_ref().as_str() == "10011");
    let insecure: Vec<_> = insecure.map(|finding| finding.url().to_owned()).collect();
    assert_eq!(insecure, ["/", "/robots.txt", "/sitemap.xml", "/a"].map(|path| format!("{origin}{path}")));

    let detail = unreachable(scan(others(), &origin).await.unwrap());
    assert_eq!(
        detail,
        "TLS: invalid peer certificate: UnknownIssuer; give the certificate of its authority to the scanner"
    );
    let anybody = others().danger_accept_invalid_certificates(true);
    assert_eq!(scan(anybody, &origin).await.unwrap().completion, Completion::Complete);

    let origin = serve(certificate(&authority, "other.test")).await;
    let detail = unreachable(scan(ours(), &origin).await.unwrap());
    assert!(detail.starts_with("TLS: ") && detail.contains("other.test"), "{detail}");

    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("https://localhost:{}", plain.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await.unwrap();
        // Closing before everything is read would reset the connection, and take away what was sent.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let detail = unreachable(scan(ours(), &origin).await.unwrap());
    assert!(detail.starts_with("TLS: "), "{detail}");
}

async fn scan(builder: PassiveScannerBuilder, url: &str) -> Result<Collected, ScanError> {
    let request = ScanRequest::new(Target::parse(url).unwrap());
    let mut scan = builder.build().unwrap().start(request).await?;
    while scan.next_event().await.is_some() {}
    scan.collect().await
}

fn unreachable(collected: Collected) -> String {
    assert_eq!(collected.coverage.pages, 0);
    match collected.completion {
        Completion::Incomplete { cause: Cause::Unreachable, detail } => detail,
        other => panic!("{other:?}"),
    }
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certificate(authority: &Authority, name: &str) -> (CertificateDer<'static>, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().der().clone(), key)
}

/// Serves two pages with an insecure cookie over TLS.
async fn serve((certificate, key): (CertificateDer<'static>, KeyPair)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Whoever does not trust it goes away.
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: sid=1\r\nConnection: close\r\n\r\n\
                            <a href=/a>";
                stream.write_all(page.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            });
        }
    });
    origin
}
