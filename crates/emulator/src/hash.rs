//! The fleet's dice: attribute *k* of thing *i* is a hash of both and the seed, so nothing has to be stored and any
//! device can be computed without its neighbours. Also the two-way numbering that makes ids look like N-central's.

/// A seeded source of attributes.
#[derive(Clone, Copy)]
pub(crate) struct Dice {
    seed: u64,
}

fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed: mix(seed) }
    }

    /// The number for attribute `what` of thing `index`.
    pub(crate) fn roll(self, what: &str, index: u64) -> u64 {
        let tag = what
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        mix(self.seed ^ mix(tag ^ mix(index)))
    }

    /// A number below `bound`.
    pub(crate) fn below(self, what: &str, index: u64, bound: u64) -> u64 {
        self.roll(what, index) % bound.max(1)
    }

    /// One of `choices`, which must not be empty.
    pub(crate) fn pick<'a, T>(self, what: &str, index: u64, choices: &'a [T]) -> &'a T {
        let at = self.below(what, index, choices.len() as u64) as usize;
        &choices[at]
    }

    /// True for about `percent` of all things.
    pub(crate) fn chance(self, what: &str, index: u64, percent: u64) -> bool {
        self.below(what, index, 100) < percent
    }

    /// `8-4-4-4-12` hexadecimal digits in the shape of a random UUID.
    pub(crate) fn uuid(self, what: &str, index: u64) -> String {
        let (a, b) = (self.roll(what, index), self.roll(what, !index));
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
    }

    /// `len` characters of a serial number: no letters that are mistaken for digits.
    pub(crate) fn serial(self, what: &str, index: u64, len: usize) -> String {
        const ALPHABET: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZ";
        let mut left = self.roll(what, index);
        (0..len)
            .map(|_| {
                let c = ALPHABET[(left % ALPHABET.len() as u64) as usize];
                left = mix(left);
                c as char
            })
            .collect()
    }
}

/// A two-way map between small indexes and ids spread over `[base, base + 2^bits)`.
///
/// N-central's ids are large and without order; these are too, yet the index can be had back without a table.
#[derive(Clone, Copy)]
pub(crate) struct Numbering {
    base: u32,
    mask: u32,
    factor: u32,
    inverse: u32,
    offset: u32,
}

impl Numbering {
    pub(crate) fn new(base: u32, bits: u32, dice: Dice, what: &str) -> Self {
        let mask = (1_u32 << bits) - 1;
        let factor = (dice.roll(what, 0) as u32) | 1;
        // Newton's iteration: an odd number has an inverse modulo any power of two, five rounds give 32 bits.
        let inverse = (0..5).fold(factor, |x, _| x.wrapping_mul(2_u32.wrapping_sub(factor.wrapping_mul(x))));
        Self { base, mask, factor, inverse, offset: dice.roll(what, 1) as u32 }
    }

    pub(crate) fn id(&self, index: u32) -> i32 {
        let spread = index.wrapping_mul(self.factor).wrapping_add(self.offset) & self.mask;
        (self.base | spread).cast_signed()
    }

    pub(crate) fn index(&self, id: i32) -> Option<u32> {
        let id = u32::try_from(id).ok()?;
        (id & !self.mask == self.base)
            .then(|| (id & self.mask).wrapping_sub(self.offset).wrapping_mul(self.inverse) & self.mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_index() {
        let numbering = Numbering::new(1 << 30, 30, Dice::new(7), "device");
        for index in [0, 1, 2, 599, 99_999, (1 << 30) - 1] {
            let id = numbering.id(index);
            assert!(id >= 1 << 30);
            assert_eq!(numbering.index(id), Some(index));
        }
        assert_eq!(numbering.index(12), None);
        assert_eq!(numbering.index(-5), None);
    }
}
