//! An archive that comes out the same for the same files: in the order of their names, owned by nobody in particular,
//! all of one time.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// Packs `directory`, under its own name, into the gzipped tar `to`; every entry has this `time`, in seconds since 1970.
pub(super) fn pack(directory: &Path, to: &Path, time: u64) -> Result<()> {
    let parent = directory.parent().context("a directory with a name")?;
    let gzip = GzBuilder::new().mtime(0).write(File::create(to)?, Compression::best());
    let mut tar = Builder::new(gzip);
    for path in tree(directory)? {
        let name = path.strip_prefix(parent)?;
        let mut header = Header::new_ustar();
        header.set_mtime(time);
        header.set_uid(0);
        header.set_gid(0);
        if path.is_dir() {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(0o755);
            header.set_size(0);
            tar.append_data(&mut header, name, std::io::empty())?;
        } else {
            let bytes = fs::read(&path)?;
            header.set_mode(if is_program(&path) { 0o755 } else { 0o644 });
            header.set_size(bytes.len() as u64);
            tar.append_data(&mut header, name, &*bytes)?;
        }
    }
    tar.into_inner()?.finish()?.flush()?;
    Ok(())
}

/// The one binary.
fn is_program(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "ncgate")
}

/// A file, or a directory and everything in it, each before what it contains.
pub(super) fn tree(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = vec![directory.to_owned()];
    if !directory.is_dir() {
        return Ok(found);
    }
    let entries: Result<Vec<_>, _> = fs::read_dir(directory)?.map(|entry| entry.map(|e| e.path())).collect();
    let mut entries = entries?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(tree(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn the_same_files_make_the_same_archive_whenever_they_were_written() {
        let scratch = std::env::temp_dir().join(format!("xtask-archive-{}", std::process::id()));
        let make = |place: &str, names: [&str; 3]| {
            let directory = scratch.join(place).join("ncgate-1");
            fs::create_dir_all(directory.join("man")).unwrap();
            for name in names {
                fs::write(directory.join(name), name).unwrap();
            }
            let file = scratch.join(place).join("a.tar.gz");
            pack(&directory, &file, 1_000_000_000).unwrap();
            fs::read(file).unwrap()
        };
        let first = make("first", ["ncgate", "man/a.1", "README.md"]);
        let second = make("second", ["README.md", "man/a.1", "ncgate"]);
        assert_eq!(first, second);

        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(&*first));
        let entries: Vec<_> = tar
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                let header = entry.header();
                assert_eq!((header.mtime().unwrap(), header.uid().unwrap()), (1_000_000_000, 0));
                (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap(), text)
            })
            .collect();
        let names: Vec<_> =
            entries.iter().map(|(name, mode, _)| (name.trim_end_matches('/'), *mode)).collect();
        assert_eq!(
            names,
            [
                ("ncgate-1", 0o755),
                ("ncgate-1/README.md", 0o644),
                ("ncgate-1/man", 0o755),
                ("ncgate-1/man/a.1", 0o644),
                ("ncgate-1/ncgate", 0o755)
            ]
        );
        assert_eq!(entries[4].2, "ncgate");
        fs::remove_dir_all(scratch).unwrap();
    }
}
