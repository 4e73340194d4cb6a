//! With which metric does a default route stand behind, or before, those of others? (C10, SPEC §7.4)

/// The IPv6 metric the kernel takes for 0.
const IPV6_DEFAULT: u32 = 1024;

/// Metric of a raised link's own default route: at least `wanted`, and behind the best of the `others`, so that the system's default
/// route stays where it is. Never one that is taken: equal metrics would be refused (IPv4) or share the traffic (IPv6).
///
/// `others` are the metrics of every default route of the family but those that `Prefer` made: they come and go.
pub(crate) fn behind(wanted: u32, others: &[u32], v6: bool) -> u32 {
    let wanted = if v6 && wanted == 0 { IPV6_DEFAULT } else { wanted };
    let mut metric = match others.iter().min() {
        Some(best) if *best >= wanted => best.saturating_add(1),
        Some(_) | None => wanted,
    };
    while others.contains(&metric) && metric < u32::MAX {
        metric += 1;
    }
    metric
}

/// Metric of the preferred link's additional default route: at most `wanted`, and before every other one. `None` if another route
/// has the best metric there is.
pub(crate) fn before(wanted: u32, others: &[u32], v6: bool) -> Option<u32> {
    let lowest = u32::from(v6);
    let best = match others.iter().min() {
        Some(best) => best.checked_sub(1)?,
        None => u32::MAX,
    };
    (best >= lowest).then(|| wanted.min(best).max(lowest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_link_pushes_nobody_aside() {
        assert_eq!(behind(100, &[], false), 100);
        assert_eq!(behind(100, &[10, 600], false), 100, "the system uses 10 and goes on to");
        assert_eq!(behind(100, &[200, 600], false), 201);
        assert_eq!(behind(100, &[100], false), 101);
        assert_eq!(behind(100, &[100, 101, 102], false), 103);
        assert_eq!(behind(100, &[10, 100, 101], false), 102);
        assert_eq!(behind(0, &[], true), 1024);
        assert_eq!(behind(0, &[], false), 0);
        assert_eq!(behind(0, &[0], false), 1);
    }

    #[test]
    fn the_preferred_link_is_before_all() {
        assert_eq!(before(50, &[], false), Some(50));
        assert_eq!(before(50, &[100, 201], false), Some(50));
        assert_eq!(before(50, &[50], false), Some(49));
        assert_eq!(before(50, &[1], false), Some(0));
        assert_eq!(before(50, &[0], false), None);
        assert_eq!(before(50, &[1], true), None, "IPv6 takes metric 0 for 1024");
        assert_eq!(before(0, &[], true), Some(1));
    }
}
