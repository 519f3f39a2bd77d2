//! Fewer boxes for the same traffic.

use std::collections::BTreeMap;

use super::Traffic;

/// Joins boxes that differ in one dimension only, until there are none left.
pub(super) fn joined(mut boxes: Vec<Traffic>) -> Vec<Traffic> {
    loop {
        let before = boxes.len();
        boxes = join(boxes, |t| ((t.to, t.services), t.from), |(to, services), from| Traffic { from, to, services });
        boxes = join(boxes, |t| ((t.from, t.services), t.to), |(from, services), to| Traffic { from, to, services });
        boxes = join(boxes, |t| ((t.from, t.to), t.services), |(from, to), services| Traffic { from, to, services });
        if boxes.len() == before {
            return boxes;
        }
    }
}

/// Joins the boxes that have the same key: what they differ in is united.
fn join<Key: Ord, Side: FromIterator<Side>>(
    boxes: Vec<Traffic>,
    split: fn(Traffic) -> (Key, Side),
    build: fn(Key, Side) -> Traffic,
) -> Vec<Traffic> {
    let mut groups: BTreeMap<Key, Vec<Side>> = BTreeMap::new();
    for (key, side) in boxes.into_iter().map(split) {
        groups.entry(key).or_default().push(side);
    }
    groups.into_iter().map(|(key, sides)| build(key, sides.into_iter().collect())).collect()
}
