//! Which parts of something does what is wrong with it need? Parts are left out, in pieces and then one by one, as long as it stays.

/// The fewest parts found. `parts` are those there are; `still` is asked about some of them, in their order, and gives what is left if
/// the same is wrong with that, be it more than it was asked about.
pub fn fewest(parts: Vec<usize>, mut still: impl FnMut(&[usize]) -> Option<Vec<usize>>) -> Vec<usize> {
    let mut kept = parts;
    let mut piece = kept.len();
    while piece > 0 {
        let (mut place, mut shorter) = (0, false);
        while place < kept.len() {
            let is_kept = |at: usize| at < place || at >= place + piece;
            let without: Vec<usize> = kept.iter().enumerate().filter(|(at, _)| is_kept(*at)).map(|(_, part)| *part).collect();
            match still(&without).filter(|left| left.len() < kept.len()) {
                Some(left) => (kept, shorter) = (left, true),
                None => place += piece,
            }
        }
        if piece > 1 || !shorter {
            piece /= 2;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::fewest;

    #[test]
    fn what_is_needed_is_found_wherever_it_stands() {
        let needed = [3, 17, 18, 41];
        let still = |parts: &[usize]| needed.iter().all(|part| parts.contains(part)).then(|| parts.to_vec());
        assert_eq!(fewest((0..42).collect(), still), needed);
        assert_eq!(fewest((0..42).collect(), |parts| Some(parts.to_vec())), Vec::<usize>::new(), "nothing is needed");
        assert_eq!(fewest(vec![1, 2], |_| None), [1, 2], "everything is needed");
    }

    #[test]
    fn what_comes_back_is_kept() {
        let still = |parts: &[usize]| Some((0..9).filter(|part| *part == 4 || parts.contains(part)).collect());
        assert_eq!(fewest((0..9).collect(), still), [4], "the last one asked about is never left out");
    }
}
