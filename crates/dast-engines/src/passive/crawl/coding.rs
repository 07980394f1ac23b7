//! Content codings, undone within bounds: a few bytes may stand for gigabytes.

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// Undoes the content coding called `coding` (RFC 9110, section 8.4.1), to `most` bytes; tells whether that was all.
/// A body that is not in that coding, or in one that is not known, stays as it is.
pub(super) fn undo(coding: &str, body: Vec<u8>, most: usize) -> (Vec<u8>, bool) {
    let read = |decoder| read(decoder, most);
    let decoded =
        decoders(coding, &body).into_iter().map(read).find(|(bytes, is_all)| *is_all || !bytes.is_empty());
    decoded.unwrap_or((body, true))
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

fn read(decoder: impl Read, most: usize) -> (Vec<u8>, bool) {
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
        assert_eq!(undo("GZIP", gzip.clone(), 5), (b"hello".to_vec(), true));
        assert_eq!(undo("x-gzip", gzip.repeat(2), 99), (b"hellohello".to_vec(), true));
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"hello").unwrap();
        assert_eq!(undo(" deflate ", zlib.finish().unwrap(), 99), (b"hello".to_vec(), true));
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"hello").unwrap();
        assert_eq!(undo("deflate", raw.finish().unwrap(), 99), (b"hello".to_vec(), true));
    }

    #[test]
    fn a_few_bytes_do_not_become_many() {
        let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
        bomb.write_all(&vec![b'a'; 10_000_000]).unwrap();
        let bomb = bomb.finish().unwrap();
        assert!(bomb.len() < 20_000);
        assert_eq!(undo("gzip", bomb, 1000), (vec![b'a'; 1000], false));
    }

    #[test]
    fn what_is_cut_is_kept_so_far_and_what_is_no_coding_stays() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
        gzip.write_all(b"hello").unwrap();
        let mut gzip = gzip.finish().unwrap();
        gzip.truncate(gzip.len() - 9);
        let (bytes, is_all) = undo("gzip", gzip, 99);
        assert!(b"hello".starts_with(&bytes) && !bytes.is_empty() && !is_all, "{bytes:?}");
        for coding in ["gzip", "deflate", "br", "", "gzip, gzip"] {
            assert_eq!(
                undo(coding, b"\xff\xff\xff".to_vec(), 99),
                (b"\xff\xff\xff".to_vec(), true),
                "{coding}"
            );
        }
    }
}
