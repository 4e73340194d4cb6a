//! What do a run and a scenario both have of what a session says? Causes and usage policies are the world's own.

use super::super::words::Word;
use super::names::Names;
use netsession_fsm::hub::Notice;
use netsession_fsm::words::{ConfigurationId, OfferKind};

/// As a scenario has it; `None`: it is not compared.
pub(super) fn of_scenario(word: &Word) -> Option<String> {
    match word {
        Word::Policies(_) => None,
        Word::Error(kind, _) => Some(format!("error {kind:?}")),
        Word::Offer { kind, of, .. } => Some(offer(*kind, &of.text)),
        Word::State(_) | Word::Opened | Word::Closed | Word::Activated(_) | Word::Withdrawn => Some(word.to_string()),
    }
}

/// As a run has it.
pub(super) fn of_run(notice: &Notice, names: &Names) -> Option<String> {
    Some(match notice {
        Notice::StateChanged(state) => Word::State(*state).to_string(),
        Notice::Opened => Word::Opened.to_string(),
        Notice::Closed => Word::Closed.to_string(),
        Notice::PoliciesChanged(_) => return None,
        Notice::PreferredConfigurationChanged(of) => offer(of.kind, &names.of(ConfigurationId::AccessPoint(of.access_point)).text),
        Notice::NewConfigurationActivated { access_point, .. } => {
            Word::Activated(names.of(ConfigurationId::AccessPoint(*access_point))).to_string()
        }
        Notice::OfferWithdrawn(_) => Word::Withdrawn.to_string(),
        Notice::Error(error) => format!("error {:?}", error.kind),
    })
}

fn offer(kind: OfferKind, of: &str) -> String {
    format!("{} {of}", if kind == OfferKind::Upgrade { "upgrade" } else { "downgrade" })
}
