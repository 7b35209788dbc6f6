//! In which language each account's pages are.

use std::collections::BTreeMap;

use counterfoil_model::ids::AccountKey;
use counterfoil_model::language::Spoken;

use super::Language;
use crate::config::Pipeline;

/// Of the accounts that state one, or whose agreements do, and that pages speak: as the files have it now.
pub fn languages(pipeline: &Pipeline) -> BTreeMap<AccountKey, Language> {
    let accounts = pipeline.terms.classify.account.iter();
    let spoken = accounts.filter_map(|(key, account)| {
        let spoken = Spoken::written(account);
        let language = Language::of(spoken.of_document()?)?;
        Some((AccountKey::from(key.as_str()), language))
    });
    spoken.collect()
}
