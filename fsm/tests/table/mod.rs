//! How is a machine held against a table of its steps? Every row is compared whole, and what no row names must be ignored.

use netsession_fsm::step::{Chart, Effects, Verdict};

/// One step as it should be.
pub(crate) struct Row<C: Chart> {
    /// Leaf and memory before.
    pub(crate) from: (C::Leaf, C),
    /// What happens.
    pub(crate) event: C::Event,
    /// What it does.
    pub(crate) verdict: Verdict,
    /// Leaf and memory after.
    pub(crate) to: (C::Leaf, C),
    /// What is asked for, in order.
    pub(crate) effects: Vec<C::Effect>,
}

/// Holds a machine against rows, in every one of `starts` and with the whole alphabet.
///
/// # Panics
///
/// At the first step that is not as its row says, is not ignored without a row, or has two rows; at a row nobody comes to.
pub(crate) fn hold<C: Chart>(starts: &[(C::Leaf, C)], rows: &[Row<C>]) {
    let mut used = 0;
    for from in starts {
        for event in C::ALPHABET {
            let mut named = rows.iter().filter(|row| row.from == *from && row.event == *event);
            let row = named.next();
            assert!(named.next().is_none(), "{from:?} {event:?}: two rows");
            let (mut leaf, mut memory) = *from;
            let mut effects = Effects::new();
            let verdict = memory.step(&mut leaf, event, &mut effects);
            let got = (verdict, (leaf, memory), effects.as_slice());
            match row {
                Some(row) => assert_eq!(got, (row.verdict, row.to, row.effects.as_slice()), "{from:?} {event:?}"),
                None => assert_eq!(got, (Verdict::Ignored, *from, [].as_slice()), "{from:?} {event:?}: no row, so ignored"),
            }
            used += usize::from(row.is_some());
        }
    }
    assert_eq!(used, rows.len(), "rows that no start and no event of the alphabet come to");
}
