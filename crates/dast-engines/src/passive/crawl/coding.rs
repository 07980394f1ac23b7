//! Content codings, undone within bounds: a few bytes may stand for gigabytes.

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::fetch::Body;

/// Undoes the content coding called `coding` (RFC 9110, section 8.4.1), to `most` bytes, of a body of which so much was
/// `read`; tells how much that gives. A body that is not in that coding, or in one that is not known, stays as it is,
/// and cannot be looked at.
pub(super) fn undo(coding: &str, body: Vec<u8>, read: Body, most: usize) -> (Vec<u8>, Body) {
    if matches!(coding.trim().to_ascii_lowercase().as_str(), "" | "identity") || body.is_empty() {
        return (body, read);
    }
    let decode = |decoder| decode(decoder, most);
    let has_some = |(bytes, is_all): &(Vec<u8>, bool)| *is_all || !bytes.is_empty();
    let decoded = decoders(coding, &body).into_iter().map(decode).find(has_some);
    let named = || coding.chars().take(40).collect::<String>();
    match (decoded, read) {
        (Some((bytes, _)), Body::Broken(words)) => (bytes, Body::Broken(words)),
        (Some((bytes, true)), read) => (bytes, read),
        (Some((bytes, false)), read) if read == Body::Cut || bytes.len() >= most => (bytes, Body::Cut),
        (Some((bytes, false)), _) => {
            (bytes, Body::Broken(format!("the content coding `{}` broke off", named())))
        }
        (None, _) => (body, Body::Broken(format!("the content coding `{}` cannot be undone", named()))),
    }
}

/// What may undo the coding, to be tried in order.
fn decoders<'a>(coding: &str, body: &'a [u8]) -> Vec<Box<dyn Read + 'a>> {
    match coding.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => vec![Box::new(MultiGzDecoder::new(body))],
        // Some servers leave out the frame that the coding asks for.
        "deflate" => vec![Box::new(ZlibDecoder::new(body)), Box::new(DeflateDecoder::new(body))],
        _ => Vec::new(),
    }
}

fn decode(decoder: impl Read, most: usize) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    // What was read before an error is kept.
    let is_readable = decoder.take(limit).read_to_end(&mut bytes).is_ok();
    let is_all = is_readable && bytes.len() <= most;
    bytes.truncate(most);
    (bytes, is_all)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    #[test]
    fn codings_are_undone() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(b"hello").unwrap();
        let gzip = gzip.finish().unwrap();
        assert_eq!(undo("GZIP", gzip.clone(), Body::Whole, 5), (b"hello".to_vec(), Body::Whole));
        assert_eq!(undo("x-gzip", gzip.repeat(2), Body::Whole, 99), (b"hellohello".to_vec(), Body::Whole));
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"hello").unwrap();
        assert_eq!(
            undo(" deflate ", zlib.finish().unwrap(), Body::Whole, 99),
            (b"hello".to_vec(), Body::Whole)
        );
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"hello").unwrap();
        assert_eq!(undo("deflate", raw.finish().unwrap(), Body::Whole, 99), (b"hello".to_vec(), Body::Whole));
    }

    #[test]
    fn a_few_bytes_do_not_become_many() {
        let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
        bomb.write_all(&vec![b'a'; 10_000_000]).unwrap();
        let bomb = bomb.finish().unwrap();
        assert!(bomb.len() < 20_000);
        assert_eq!(undo("gzip", bomb, Body::Whole, 1000), (vec![b'a'; 1000], Body::Cut));
    }

    #[test]
    fn what_is_cut_is_kept_so_far_and_what_is_no_coding_stays() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
        gzip.write_all(b"hello").unwrap();
        let mut gzip = gzip.finish().unwrap();
        gzip.truncate(gzip.len() - 9);
        let of = |read: Body| undo("gzip", gzip.clone(), read, 99);
        for (read, expected) in [
            (Body::Whole, Body::Broken("the content coding `gzip` broke off".to_owned())),
            (Body::Cut, Body::Cut),
            (Body::Broken("words".to_owned()), Body::Broken("words".to_owned())),
        ] {
            let (bytes, told) = of(read);
            assert!(b"hello".starts_with(&bytes) && !bytes.is_empty(), "{bytes:?}");
            assert_eq!(told, expected);
        }
        for coding in ["gzip", "deflate", "br", "gzip, gzip"] {
            let broken = Body::Broken(format!("the content coding `{coding}` cannot be undone"));
            for read in [Body::Whole, Body::Cut] {
                assert_eq!(undo(coding, vec![255; 3], read, 99), (vec![255; 3], broken.clone()));
            }
            assert_eq!(undo(coding, Vec::new(), Body::Whole, 99), (Vec::new(), Body::Whole));
        }
        for coding in ["", " Identity"] {
            assert_eq!(undo(coding, vec![255; 3], Body::Whole, 99), (vec![255; 3], Body::Whole), "{coding}");
        }
    }
}
