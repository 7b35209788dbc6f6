//! The files of the repository as git lists them, new ones included, so that a violation shows before the commit.

use std::process::Command;

pub(crate) struct Repository {
    pub(crate) files: Vec<File>,
}

pub(crate) struct File {
    /// From the root of the repository, with `/`.
    pub(crate) path: String,
    /// None where the content is no UTF-8.
    pub(crate) text: Option<String>,
}

impl Repository {
    pub(crate) fn open() -> Self {
        let root = &counterfoil_tests::binary::repository();
        let listing = Command::new("git")
            .current_dir(root)
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .output()
            .expect("git is there: the repository was cloned with it");
        assert!(
            listing.status.success(),
            "git cannot list the files of {}",
            root.display()
        );
        let listing = String::from_utf8(listing.stdout).expect("paths here are UTF-8");
        let files = listing
            .split_terminator('\0')
            // A file that was removed and not yet committed is still listed.
            .filter_map(|path| Some((path, std::fs::read(root.join(path)).ok()?)))
            .map(|(path, content)| File {
                path: path.to_owned(),
                text: String::from_utf8(content).ok(),
            })
            .collect();
        Self { files }
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        let file = self.files.iter().find(|file| file.path == path)?;
        file.text.as_deref()
    }
}
