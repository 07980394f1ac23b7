//! Numbers and texts in little memory.

use std::collections::HashMap;
use std::hint::black_box;

use smallvec::SmallVec;

/// So many bytes a processor brings near at once; those of most do.
const LINE: usize = 64;

/// Numbers, and the texts that some of them stand for: small numbers take one byte, and a text is there once, however often it
/// is meant. They lie in sections, so that nobody has to know all texts who reads only what comes first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    /// Of each section: how many texts it is the first to mean, their lengths, and then what was packed.
    numbers: Box<[u8]>,
    texts: Box<str>,
}

impl Packed {
    /// Touches what is read first.
    pub(crate) fn fetch(&self) {
        let touch = |bytes: &[u8]| [0, LINE].map(|at| bytes.get(at).copied());
        black_box([&*self.numbers, self.texts.as_bytes()].map(touch));
    }

    /// Reads from the beginning. There is nothing of what cannot be read.
    pub(crate) fn read(&self) -> (Numbers<'_>, Texts<'_>) {
        let mut numbers = Numbers(self.numbers.iter());
        let mut texts = Texts { all: &self.texts, ends: SmallVec::new() };
        texts.enter_section(&mut numbers);
        (numbers, texts)
    }
}

/// Packs what it is given.
#[derive(Debug, Default)]
pub(crate) struct Writer<'t> {
    /// The sections that have ended.
    sections: Vec<u8>,
    /// What was packed in this one.
    numbers: Vec<u8>,
    texts: Vec<&'t str>,
    /// How many of them had been meant before this section.
    known_before: usize,
    known: HashMap<&'t str, usize>,
}

impl<'t> Writer<'t> {
    pub(crate) fn number(&mut self, number: u64) {
        write(&mut self.numbers, number);
    }

    /// One more than the number, or 0 for none.
    pub(crate) fn optional(&mut self, number: Option<u32>) {
        self.number(number.map_or(0, |number| u64::from(number) + 1));
    }

    /// Which of all it is.
    pub(crate) fn place<T: PartialEq>(&mut self, one: &T, all: &[T]) {
        let place = all.iter().position(|other| other == one);
        self.number(place.unwrap_or(all.len()) as u64);
    }

    pub(crate) fn text(&mut self, text: &'t str) {
        let number = self.number_of(text);
        self.number(number);
    }

    /// One more than the number of the text, or 0 for none.
    pub(crate) fn optional_text(&mut self, text: Option<&'t str>) {
        let number = text.map_or(0, |text| self.number_of(text) + 1);
        self.number(number);
    }

    fn number_of(&mut self, text: &'t str) -> u64 {
        let next = self.texts.len();
        let number = *self.known.entry(text).or_insert(next);
        if number == next {
            self.texts.push(text);
        }
        number as u64
    }

    /// What is packed from now on is read from [`Texts::enter_section`] on.
    pub(crate) fn end_section(&mut self) {
        let new = self.texts.get(self.known_before..).unwrap_or_default();
        write(&mut self.sections, new.len() as u64);
        new.iter().for_each(|text| write(&mut self.sections, text.len() as u64));
        self.sections.append(&mut self.numbers);
        self.known_before = self.texts.len();
    }

    pub(crate) fn finish(mut self) -> Packed {
        self.end_section();
        Packed { numbers: self.sections.into(), texts: self.texts.concat().into() }
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn write(numbers: &mut Vec<u8>, number: u64) {
    let mut rest = number;
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            return numbers.push(low & 0x7f);
        }
        numbers.push(low | 0x80);
    }
}

/// The numbers that were packed, in the same order.
#[derive(Debug, Clone)]
pub(crate) struct Numbers<'p>(std::slice::Iter<'p, u8>);

impl Numbers<'_> {
    #[inline]
    pub(crate) fn number(&mut self) -> Option<u64> {
        // Most are small.
        match self.0.as_slice() {
            [byte, rest @ ..] if byte & 0x80 == 0 => {
                self.0 = rest.iter();
                Some(u64::from(*byte))
            }
            _ => self.large(),
        }
    }

    fn large(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = *self.0.next()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn optional(&mut self) -> Option<Option<u32>> {
        self.number()?.checked_sub(1).map_or(Some(None), |number| u32::try_from(number).ok().map(Some))
    }

    /// The one of all that was packed by its place.
    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(self.index()?).copied()
    }

    /// A number of things that are in memory.
    pub(crate) fn index(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// Passes over so many numbers.
    pub(crate) fn skip(&mut self, count: usize) {
        let mut left = count;
        // No more than eight end in eight bytes.
        while let Some((word, rest)) = self.0.as_slice().split_first_chunk().filter(|_| left >= 8) {
            left -= (!u64::from_le_bytes(*word) & LAST_BYTES).count_ones() as usize;
            self.0 = rest.iter();
        }
        if let Some(last) = left.checked_sub(1) {
            self.0.by_ref().filter(|byte| **byte & 0x80 == 0).nth(last);
        }
    }
}

/// The bits that are not set where a number ends, of eight bytes.
const LAST_BYTES: u64 = u64::from_ne_bytes([0x80; 8]);

/// The texts that were packed, by their numbers: the same texts have the same.
#[derive(Debug, Clone)]
pub(crate) struct Texts<'p> {
    all: &'p str,
    ends: SmallVec<[u32; 32]>,
}

impl<'p> Texts<'p> {
    /// Learns the texts that the section which begins here is the first to mean.
    pub(crate) fn enter_section(&mut self, numbers: &mut Numbers<'p>) {
        let count = numbers.index().unwrap_or_default().min(numbers.0.len());
        let mut end = self.ends.last().copied().unwrap_or_default();
        self.ends.reserve(count);
        self.ends.extend((0..count).map_while(|_| {
            end = end.checked_add(u32::try_from(numbers.number()?).ok()?)?;
            Some(end)
        }));
    }

    pub(crate) fn get(&self, number: usize) -> Option<&'p str> {
        let begin = number.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before))?;
        self.all.get(usize::try_from(*begin).ok()?..usize::try_from(*self.ends.get(number)?).ok()?)
    }

    /// The text that the next number stands for.
    pub(crate) fn next(&self, numbers: &mut Numbers<'_>) -> Option<&'p str> {
        self.get(numbers.index()?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_packed_is_read(
            numbers in vec(prop_oneof![0..300u64, any::<u64>()], 0..20),
            texts in vec(prop_oneof!["[ab]{0,2}", "\\PC{0,300}"], 0..90),
            optional in vec(any::<Option<u32>>(), 0..9),
            more in vec("[abc]{0,2}", 0..9),
        ) {
            let mut writer = Writer::default();
            numbers.iter().for_each(|number| writer.number(*number));
            texts.iter().for_each(|text| writer.text(text));
            texts.iter().for_each(|text| writer.optional_text(Some(text)));
            writer.optional_text(None);
            optional.iter().for_each(|number| writer.optional(*number));
            writer.end_section();
            more.iter().for_each(|text| writer.text(text));
            let packed = writer.finish();
            let (mut reader, mut known) = packed.read();
            let mut later = reader.clone();
            later.skip(numbers.len());
            for number in &numbers {
                prop_assert_eq!(reader.number(), Some(*number));
            }
            prop_assert_eq!(reader.clone().number(), later.number());
            let mut distinct: Vec<&str> = Vec::new();
            for text in &texts {
                if !distinct.contains(&text.as_str()) {
                    distinct.push(text);
                }
                let number = distinct.iter().position(|one| one == text);
                prop_assert_eq!(reader.clone().index(), number);
                prop_assert_eq!(known.next(&mut reader), Some(text.as_str()));
            }
            for text in &texts {
                let number = reader.optional().flatten().unwrap();
                prop_assert_eq!(known.get(number as usize), Some(text.as_str()));
            }
            prop_assert_eq!(reader.optional(), Some(None));
            for number in &optional {
                prop_assert_eq!(reader.optional(), Some(*number));
            }
            known.enter_section(&mut reader);
            for text in &more {
                prop_assert_eq!(known.next(&mut reader), Some(text.as_str()));
            }
            prop_assert_eq!(reader.number(), None);
        }

        #[test]
        fn whatever_is_read_comes_to_an_end(numbers in vec(any::<u8>(), 0..40), texts in "\\PC{0,20}") {
            let packed = Packed { numbers: numbers.into(), texts: texts.into() };
            let (mut reader, mut known) = packed.read();
            reader.clone().skip(usize::MAX);
            known.enter_section(&mut reader);
            while known.next(&mut reader).is_some() && reader.optional().is_some() {}
        }
    }
}
