//! Which steps need each other in a circle.

/// Returns for each node the number of its component: two nodes have the same one if each can be reached from the
/// other (Tarjan, "Depth-First Search and Linear Graph Algorithms", 1972; without recursion).
pub(crate) fn components<'n, N, E>(needs: &'n [N]) -> Vec<usize>
where
    &'n N: IntoIterator<Item = &'n usize, IntoIter = E>,
    E: Iterator<Item = &'n usize>,
{
    const NEW: usize = usize::MAX;
    let (mut seen, mut low) = (vec![NEW; needs.len()], vec![0; needs.len()]);
    let mut component = vec![NEW; needs.len()];
    let (mut count, mut found) = (0, 0);
    let mut open: Vec<usize> = Vec::new();
    let mut path: Vec<(usize, E)> = Vec::new();
    for root in 0..needs.len() {
        let mut next = (seen[root] == NEW).then_some(root);
        loop {
            if let Some(node) = next.take() {
                (seen[node], low[node]) = (count, count);
                count += 1;
                open.push(node);
                path.push((node, (&needs[node]).into_iter()));
            }
            let Some((node, edges)) = path.last_mut() else { break };
            let node = *node;
            match edges.next() {
                Some(&to) if seen[to] == NEW => next = Some(to),
                Some(&to) if component[to] == NEW => low[node] = low[node].min(seen[to]),
                Some(_) => {}
                None => {
                    path.pop();
                    if let Some((parent, _)) = path.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                    if low[node] == seen[node] {
                        let start = open.iter().rposition(|one| *one == node).unwrap_or_default();
                        open.drain(start..).for_each(|member| component[member] = found);
                        found += 1;
                    }
                }
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn a_circle_is_one_component_and_what_hangs_on_it_is_not() {
        let needs = [vec![1], vec![2], vec![0], vec![0, 4], vec![], vec![5], vec![7, 3], vec![6]];
        let found = components(&needs);
        assert!(found[0] == found[1] && found[1] == found[2] && found[6] == found[7]);
        let alone = [found[0], found[3], found[4], found[5], found[6]];
        let different: std::collections::BTreeSet<usize> = alone.into();
        assert_eq!(different.len(), 5);
    }

    #[test]
    fn a_long_chain_takes_no_stack() {
        let needs: Vec<Vec<usize>> =
            (0..200_000).map(|at| if at == 0 { vec![199_999] } else { vec![at - 1] }).collect();
        assert!(components(&needs).iter().all(|one| *one == 0));
    }
}
