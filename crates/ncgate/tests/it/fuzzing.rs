//! The fuzz targets on stable Rust: every committed input, and seeded mutations of them, run through the same functions
//! as under libFuzzer. The same inputs come on every machine; `NCGATE_FUZZ_ROUNDS` asks for more of them.

#[path = "../../../../fuzz/bodies/mod.rs"]
mod bodies;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Mutations of each target where nobody asks for more.
const ROUNDS: u32 = 400;
/// The longest input, in bytes.
const LONGEST: usize = 4096;

/// What inputs of this product are made of.
const WORDS: [&[u8]; 30] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b",",
    b"null",
    b"true",
    b"1e999",
    b"-0",
    b"9007199254740993",
    b"1.0",
    b"\\u0000",
    b"\\ud800",
    b"\xe2\x80\xae",
    b"\xff",
    b"/",
    b"/../",
    b"%2e",
    b"/api",
    b"//",
    b"?",
    b"#",
    b"@",
    b"https://",
    b"[::1]",
    b"127.0.0.1",
    b"\"data\":",
    b"\"path\":",
];

/// Numbers that look like chance and are always the same.
struct Dice(u64);

impl Dice {
    fn of(name: &str) -> Dice {
        // FNV-1a, so that each target has numbers of its own.
        Dice(
            name.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
                (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            }),
        )
    }

    /// One from 0 to `sides`, which is not among them.
    fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % (sides.max(1) as u64)).unwrap()
    }

    /// Another input like one of these, or like two of them.
    fn mutated(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds[self.roll(seeds.len())].clone();
        for _ in 0..=self.roll(6) {
            let at = self.roll(input.len() + 1);
            let until = (at + self.roll(24)).min(input.len());
            match self.roll(8) {
                0 if !input.is_empty() => {
                    let at = self.roll(input.len());
                    input[at] ^= 1 << self.roll(8);
                }
                1 => input.insert(at, u8::try_from(self.roll(256)).unwrap()),
                2 => drop(input.drain(at..until)),
                3 => {
                    let part = input[at..until].to_vec();
                    let times = self.roll(80);
                    drop(input.splice(at..at, part.repeat(times)));
                }
                4 | 5 => drop(input.splice(at..at, WORDS[self.roll(WORDS.len())].iter().copied())),
                6 => {
                    let other = &seeds[self.roll(seeds.len())];
                    let from = self.roll(other.len() + 1);
                    drop(input.splice(at..until, other[from..].iter().copied()));
                }
                _ => input.truncate(at),
            }
            input.truncate(LONGEST);
        }
        input
    }
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    // What libFuzzer left there is not committed, and would not come on every machine.
    files.retain(|file| file.file_name().unwrap().to_string_lossy().starts_with("seed-"));
    files.sort();
    assert!(files.len() > 4, "{} has {} inputs", folder.display(), files.len());
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

fn play(name: &str) {
    let rounds = std::env::var("NCGATE_FUZZ_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let (body, seeds, mut dice) = (bodies::of(name), corpus(name), Dice::of(name));
    let mutations = (0..rounds).map(|_| dice.mutated(&seeds)).collect::<Vec<_>>();
    for input in seeds.iter().chain(&mutations) {
        if let Err(failure) = catch_unwind(AssertUnwindSafe(|| body(input))) {
            let shown = String::from_utf8_lossy(input).into_owned();
            eprintln!("{name} failed on {} bytes: {shown:?}\nas they are: {input:?}", input.len());
            std::panic::resume_unwind(failure);
        }
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            play(stringify!($name));
        })*

        #[test]
        fn every_target_is_played() {
            let played = [$(stringify!($name)),*];
            assert_eq!(bodies::ALL.map(|(name, _)| name), played);
        }
    };
}

targets! { answer arguments cursor message raw_path webhook_url }
