//! The outside of a backup: a header, and chunks that are each encrypted and bound to the header, to their place and
//! to whether they are the last. So nothing can be changed, moved or cut off without being noticed, and neither side
//! ever holds the whole.

use crate::seal::random;
use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::io::{self, Read, Write};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What every backup of this form begins with.
const MAGIC: &[u8; 16] = b"ncgate backup 1\n";
/// The part of the magic that every form has in common.
const FAMILY: usize = 14;
/// Bytes of the header: magic, cost, salt, nonce, proof of the passphrase.
const HEADER: usize = 16 + 12 + 16 + 19 + 32;
/// Bytes that are encrypted together.
const CHUNK: usize = 64 * 1024;
/// Bytes that encryption adds to a chunk.
const TAG: usize = 16;
/// Memory (KiB), passes and lanes of a new backup's key derivation.
const COST: [u32; 3] = [64 * 1024, 3, 1];
/// The most memory, in KiB, and the most passes that a header can make us spend.
const MOST: [u32; 3] = [1024 * 1024, 16, 16];

/// Why a backup can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("this file is not a backup of ncgate")]
    NotABackup,
    #[error("this backup was made by a newer version of ncgate")]
    Newer,
    #[error("the passphrase is not the one this backup was made with")]
    WrongPassphrase,
    #[error("the backup is not what was written: it is damaged, or somebody changed it, near byte {0}")]
    Changed(u64),
    #[error("the backup ends too early: its end was cut off, or changed, after byte {0}")]
    CutOff(u64),
}

impl From<Unreadable> for io::Error {
    fn from(why: Unreadable) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, why)
    }
}

impl Unreadable {
    /// The reason behind a failed read, where it is one of these.
    pub(super) fn behind(error: &io::Error) -> Option<Self> {
        let mut source: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|inner| inner as _);
        while let Some(inner) = source {
            if let Some(why) = inner.downcast_ref::<Unreadable>() {
                return Some(*why);
            }
            source = match inner.downcast_ref::<io::Error>() {
                Some(wrapped) => wrapped.get_ref().map(|inner| inner as _),
                None => inner.source(),
            };
        }
        None
    }
}

struct Keyed {
    stream: StreamBE32<XChaCha20Poly1305>,
    header: [u8; HEADER],
    /// Which chunk is next.
    position: u32,
}

impl Keyed {
    /// Derives the key that a header asks for; the header's last bytes prove the passphrase.
    fn of(header: [u8; HEADER], passphrase: &SecretString) -> Result<(Self, [u8; 32]), Unreadable> {
        let number = |from: usize| u32::from_be_bytes(header[from..from + 4].try_into().expect("four bytes"));
        let cost = [number(16), number(20), number(24)];
        if cost.iter().zip(MOST).any(|(cost, most)| *cost > most) {
            return Err(Unreadable::NotABackup);
        }
        let params = Params::new(cost[0], cost[1], cost[2], Some(32)).map_err(|_| Unreadable::NotABackup)?;
        let mut root = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose_secret().as_bytes(), &header[28..44], root.as_mut())
            .map_err(|_| Unreadable::NotABackup)?;
        let expand = |purpose: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            Hkdf::<Sha256>::new(Some(b"ncgate backup"), root.as_ref())
                .expand(purpose, key.as_mut())
                .expect("32 bytes is a length that HKDF gives");
            key
        };
        let key = expand(b"chunks");
        let nonce: [u8; 19] = header[44..63].try_into().expect("nineteen bytes");
        let stream = StreamBE32::from_aead(XChaCha20Poly1305::new((&*key).into()), &nonce.into());
        Ok((Self { stream, header, position: 0 }, *expand(b"proof of the passphrase")))
    }

    fn step(&mut self) -> io::Result<u32> {
        let position = self.position;
        self.position = position.checked_add(1).ok_or_else(|| io::Error::other("the backup is too long"))?;
        Ok(position)
    }
}

/// Encrypts what is written to it. It has to be finished: a backup without its last chunk is no backup.
pub(super) struct Encrypting<W> {
    out: W,
    keyed: Keyed,
    chunk: Zeroizing<Vec<u8>>,
}

impl<W: Write> Encrypting<W> {
    pub(super) fn begin(mut out: W, passphrase: &SecretString) -> io::Result<Self> {
        let mut header = [0; HEADER];
        header[..16].copy_from_slice(MAGIC);
        for (place, number) in header[16..28].chunks_mut(4).zip(COST) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        header[28..44].copy_from_slice(&random::<16>());
        header[44..63].copy_from_slice(&random::<19>());
        let (mut keyed, proof) = Keyed::of(header, passphrase)?;
        header[63..].copy_from_slice(&proof);
        keyed.header = header;
        out.write_all(&header)?;
        Ok(Self { out, keyed, chunk: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)) })
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let position = self.keyed.step()?;
        self.keyed
            .stream
            .encrypt_in_place(position, last, &self.keyed.header, &mut *self.chunk)
            .map_err(|_| io::Error::other("a chunk can't be encrypted"))?;
        self.out.write_all(&self.chunk)?;
        self.chunk.clear();
        Ok(())
    }

    /// Writes the last chunk, and hands back what was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Encrypting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Only once more comes is it certain that a full chunk is not the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Decrypts what it reads, chunk by chunk; nothing is handed out that was not authenticated.
pub(super) struct Decrypting<R> {
    from: R,
    keyed: Keyed,
    clear: Zeroizing<Vec<u8>>,
    handed_out: usize,
    /// What was read beyond the chunk, to know whether it is the last.
    ahead: Vec<u8>,
    /// Bytes of the file that have been read and believed.
    believed: u64,
    ended: bool,
}

impl<R: Read> Decrypting<R> {
    pub(super) fn begin(mut from: R, passphrase: &SecretString) -> io::Result<Self> {
        let mut header = Vec::new();
        (&mut from).take(HEADER as u64).read_to_end(&mut header)?;
        let begins = |with: &[u8]| header.len() >= with.len() && &header[..with.len()] == with;
        if !begins(MAGIC) {
            let newer = begins(&MAGIC[..FAMILY]);
            return Err(if newer { Unreadable::Newer } else { Unreadable::NotABackup }.into());
        }
        let cut = Unreadable::CutOff(header.len() as u64);
        let header: [u8; HEADER] = header.try_into().map_err(|_| cut)?;
        let (keyed, proof) = Keyed::of(header, passphrase)?;
        if !bool::from(proof.ct_eq(&header[63..])) {
            return Err(Unreadable::WrongPassphrase.into());
        }
        let ahead = read_chunk(&mut from)?;
        let clear = Zeroizing::new(Vec::new());
        Ok(Self { from, keyed, clear, handed_out: 0, ahead, believed: HEADER as u64, ended: false })
    }

    fn open(&mut self) -> io::Result<()> {
        let mut chunk = std::mem::replace(&mut self.ahead, read_chunk(&mut self.from)?);
        let (length, last) = (chunk.len() as u64, self.ahead.is_empty());
        let position = self.keyed.step()?;
        let sealed = chunk.clone();
        let open = |chunk: &mut Vec<u8>, last| {
            self.keyed.stream.decrypt_in_place(position, last, &self.keyed.header, chunk)
        };
        if open(&mut chunk, last).is_err() {
            // A whole chunk that is not the last and has nothing behind it, or a piece of one, at the file's end.
            let whole = last && open(&mut { sealed }, false).is_ok();
            let piece = last && length < (CHUNK + TAG) as u64;
            return Err(if whole || piece {
                Unreadable::CutOff(self.believed).into()
            } else {
                Unreadable::Changed(self.believed).into()
            });
        }
        self.believed += length;
        self.ended = last;
        self.clear = Zeroizing::new(chunk);
        self.handed_out = 0;
        Ok(())
    }
}

impl<R: Read> Read for Decrypting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.handed_out == self.clear.len() {
            if self.ended {
                return Ok(0);
            }
            self.open()?;
        }
        let taken = into.len().min(self.clear.len() - self.handed_out);
        into[..taken].copy_from_slice(&self.clear[self.handed_out..self.handed_out + taken]);
        self.handed_out += taken;
        Ok(taken)
    }
}

fn read_chunk(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK + TAG);
    from.take((CHUNK + TAG) as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTHS: [usize; 5] = [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK];

    fn passphrase() -> SecretString {
        "a long enough passphrase".into()
    }

    fn encrypted(clear: &[u8]) -> Vec<u8> {
        let mut out = Encrypting::begin(Vec::new(), &passphrase()).unwrap();
        out.write_all(clear).unwrap();
        out.finish().unwrap()
    }

    fn decrypted(file: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let mut clear = Vec::new();
        let read = Decrypting::begin(file, &passphrase()).and_then(|mut from| from.read_to_end(&mut clear));
        read.map(|_| clear).map_err(|error| Unreadable::behind(&error).unwrap())
    }

    #[test]
    fn whatever_length_comes_back() {
        for length in LENGTHS {
            let clear: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            assert_eq!(decrypted(&encrypted(&clear)).unwrap(), clear, "{length}");
        }
    }

    #[test]
    fn every_way_to_spoil_a_backup_is_told_apart() {
        let file = encrypted(&vec![7; 2 * CHUNK + 100]);
        let spoiled = |place: usize| {
            let mut file = file.clone();
            file[place] ^= 1;
            decrypted(&file).unwrap_err()
        };
        assert_eq!(decrypted(b"PK\x03\x04").unwrap_err(), Unreadable::NotABackup);
        assert_eq!(decrypted(b"ncgate backup 2\n").unwrap_err(), Unreadable::Newer);
        assert_eq!(decrypted(&file[..50]).unwrap_err(), Unreadable::CutOff(50));
        assert_eq!(spoiled(30), Unreadable::WrongPassphrase, "the salt");
        assert_eq!(spoiled(HEADER + 5), Unreadable::Changed(HEADER as u64));
        let second = (HEADER + CHUNK + TAG) as u64;
        assert_eq!(spoiled(HEADER + CHUNK + TAG + 5), Unreadable::Changed(second));
        for cut in [HEADER + CHUNK + TAG, HEADER + CHUNK + TAG + 7] {
            assert!(matches!(decrypted(&file[..cut]), Err(Unreadable::CutOff(_))), "{cut}");
        }
        let mut longer = file.clone();
        longer.push(0);
        assert!(decrypted(&longer).is_err());
        let swapped = [&file[..HEADER], &file[second as usize..], &file[HEADER..second as usize]].concat();
        assert!(decrypted(&swapped).is_err());
        let other = SecretString::from("another long passphrase");
        let error = Decrypting::begin(file.as_slice(), &other).map(|_| ()).unwrap_err();
        assert_eq!(Unreadable::behind(&error), Some(Unreadable::WrongPassphrase));
    }
}
