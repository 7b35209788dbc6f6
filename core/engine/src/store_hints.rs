//! What a reader does next where the store fails: the disk, the file, another process. Which stage it was does not matter.

use counterfoil_store::{DatabaseError, OpenError, StoreError, Trouble};

const RESTORE: &str = "keep the file as it is and put the last good copy back with `counterfoil restore COPY --replace`; what \
                       was sent since is found at the sink, and nothing is billed twice";

pub(crate) fn of_lease(error: &StoreError) -> Option<String> {
    match error {
        StoreError::ApplyLocked | StoreError::DiscoverLocked | StoreError::JobLocked => Some(
            "run it again when that one has ended; a process that died holds nothing".to_owned(),
        ),
        StoreError::Lock { .. } => {
            Some("give this user the right to write to the folder of the store".to_owned())
        }
        StoreError::Database { .. } | StoreError::NotFound { .. } => None,
    }
}

pub(crate) fn of_open(error: &OpenError) -> Option<String> {
    Some(match error {
        OpenError::Absent { .. } => {
            "run `counterfoil discover` first, or look at [store] in the configuration".to_owned()
        }
        OpenError::ReadOnly { .. } => "give this user the right to write to the folder".to_owned(),
        OpenError::NoFolder { .. } => {
            "make the folder first, or look at [store] in the configuration".to_owned()
        }
        OpenError::NoFile { .. } => {
            "[store] names a file: `url = \"sqlite:counterfoil.db\"`".to_owned()
        }
        OpenError::Unwritable { .. } => {
            "give this user the right to write to the file and to its folder".to_owned()
        }
        OpenError::NoStore { .. } => format!(
            "nothing was written to it. If [store] names the wrong file, name another; if it was the store, {RESTORE}"
        ),
        OpenError::OtherBuild { .. } => {
            "use the build that wrote it; a changed one could misread what stands there".to_owned()
        }
        OpenError::Newer { .. } => {
            "use the newer version; an older one could lose what it does not know".to_owned()
        }
        OpenError::Locked { .. } => "wait for the other process, or stop it".to_owned(),
        OpenError::Database { .. } => return None,
    })
}

/// Of the store itself.
pub(crate) fn of_damage() -> String {
    format!("stop whatever uses it, {RESTORE}")
}

/// Whatever was asked of it.
pub(crate) fn of_database(error: &DatabaseError) -> Option<String> {
    let kept = "what was finished is kept, and nothing is half written";
    Some(match error.trouble()? {
        Trouble::Locked => {
            format!(
                "another process writes to the store: wait for it, or stop it, then run this again; {kept}"
            )
        }
        Trouble::Full => format!(
            "make room on the disk (where there is some, a quota or the greatest size of an SQLite file is reached), then \
             run this again; {kept}"
        ),
        Trouble::Disk => format!(
            "look at the disk (is it full, or a limit of the files' size reached?), then run this again; {kept}"
        ),
        Trouble::Damaged => format!("the file is damaged: {}", of_damage()),
        Trouble::NoDatabase => {
            "look at [store] in the configuration: it names another kind of file".to_owned()
        }
        Trouble::ReadOnly => {
            "give this user the right to write to the store's file and to its folder".to_owned()
        }
        Trouble::Unopened => {
            "look at the path in [store], and at what this user may do there".to_owned()
        }
    })
}
