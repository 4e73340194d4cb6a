//! What did a peer's sessions say where ours say something? Line by line, and none of the differences without a reason.

use super::Scenario;
use super::words::{PeerWord, Verdict, What, Word};
use std::collections::BTreeMap;

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The lines of what was done since the last comparison, from 1.
    pub after: Vec<usize>,
    /// What was beneath the peer.
    pub with: String,
    /// Whose words.
    pub who: String,
    /// What ours says.
    pub ours: String,
    /// What the peer's said.
    pub peers: String,
    /// How that compares.
    pub verdict: Verdict,
}

/// Every comparison in a scenario, in order.
///
/// # Errors
/// If one has no verdict, or a wrong one: `the same` where it is not, a difference where there is none, or one that names no line of
/// the contract; or if something a session says is compared with nothing.
pub fn side_by_side(scenario: &Scenario) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let mut ours: BTreeMap<&str, Vec<PeerWord>> = BTreeMap::new();
    // how much of ours was compared with each engine's
    let mut compared: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut after = Vec::new();
    let mut steps = scenario.steps.iter().peekable();
    while let Some(step) = steps.next() {
        let wrong = |what: &str| format!("{}:{}: {what}", scenario.file, step.line);
        match &step.what {
            What::Says(who, words) => ours.entry(&who.text).or_default().extend(words.iter().filter_map(plain)),
            What::Peer { with, who, said } => {
                let Some(What::Verdict(verdict)) = steps.next().map(|step| &step.what) else {
                    return Err(wrong("how that compares is to be said in the next line"));
                };
                let all = ours.get(who.text.as_str()).map_or(&[] as &[PeerWord], Vec::as_slice);
                let from = compared.insert((who.text.as_str(), with.text.as_str()), all.len()).unwrap_or(0);
                let ours = &all[from..];
                match verdict {
                    Verdict::Same if ours != said => return Err(wrong(&format!("that is not the same as {}", text(ours)))),
                    Verdict::Different(_) | Verdict::Defect(_) if ours == said => return Err(wrong("that is the same")),
                    Verdict::Different(why) if !why.contains("SPEC §") => return Err(wrong("which line of the contract says so?")),
                    _ => {}
                }
                let (ours, peers) = (text(ours), text(said));
                let with = with.text.clone();
                rows.push(Row { after: after.clone(), with, who: who.text.clone(), ours, peers, verdict: verdict.clone() });
                if !matches!(steps.peek().map(|step| &step.what), Some(What::Peer { .. })) {
                    after.clear();
                }
            }
            What::Verdict(_) => return Err(wrong("nothing is compared here")),
            What::Does(..) | What::Begins(..) | What::Happens(..) | What::Daemon(_) | What::Remove(_) => after.push(step.line),
            _ => {}
        }
    }
    match compared.iter().find(|((who, _), seen)| ours.get(*who).is_some_and(|all| all.len() > **seen)) {
        Some(((who, with), _)) => Err(format!("{}: the last words of {who} are not compared with those with {with}", scenario.file)),
        None => Ok(rows),
    }
}

/// What others have, too.
fn plain(word: &Word) -> Option<PeerWord> {
    match word {
        Word::State(state) => Some(PeerWord::State(*state)),
        Word::Opened => Some(PeerWord::Opened),
        Word::Closed => Some(PeerWord::Closed),
        Word::Error(kind, _) => Some(PeerWord::Error(*kind)),
        Word::Offer { .. } | Word::Activated(_) | Word::Withdrawn | Word::Policies(_) => None,
    }
}

fn text(words: &[PeerWord]) -> String {
    let text = |word: &PeerWord| match word {
        PeerWord::State(state) => format!("{state:?}"),
        PeerWord::Opened => "opened".to_owned(),
        PeerWord::Closed => "closed".to_owned(),
        PeerWord::Error(kind) => format!("error {kind:?}"),
    };
    if words.is_empty() { "nothing".to_owned() } else { words.iter().map(text).collect::<Vec<_>>().join(", ") }
}
