//! The dependency multigraph: which table stands on which.
//!
//! An edge goes from a table to one that it needs: a reference, or a part's master. Two edges may join one pair of
//! tables. petgraph ends here: everything that comes out is ids and edges of ours, in an order that depends on nothing but the input.

use std::collections::{BTreeSet, VecDeque};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{DfsPostOrder, EdgeRef as _};

use crate::ir::{Pipeline, ReferenceId, TableId, Tier};

/// Why a table needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edge {
    /// A reference of the table, by its position.
    Reference(ReferenceId),
    /// The table is a part of the other.
    Part,
}

/// One step along the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The table that needs.
    pub child: TableId,
    /// The table that is needed.
    pub parent: TableId,
    /// Why.
    pub edge: Edge,
}

/// The graph over all tables of a pipeline.
#[derive(Debug, Clone)]
pub struct Graph {
    graph: DiGraph<(), Edge>,
}

impl Graph {
    /// Returns the graph of a resolved pipeline.
    pub fn new(pipeline: &Pipeline) -> Self {
        let steps = pipeline.tables().flat_map(|(child, table)| {
            let master = match table.tier {
                Tier::Part { master } => Some(Step { child, parent: master, edge: Edge::Part }),
                Tier::Manual | Tier::Lookup | Tier::Imported | Tier::Computed => None,
            };
            let references = table.references.iter().enumerate().map(move |(at, reference)| Step {
                child,
                parent: reference.parent,
                edge: Edge::Reference(ReferenceId(at as u32)),
            });
            master.into_iter().chain(references)
        });
        Graph::from_steps(pipeline.tables.len(), steps)
    }

    /// Returns the graph of `tables` tables with these edges; those of one table are given in order.
    pub fn from_steps(tables: usize, steps: impl IntoIterator<Item = Step>) -> Self {
        let mut graph = DiGraph::with_capacity(tables, tables * 2);
        for _ in 0..tables {
            graph.add_node(());
        }
        for step in steps {
            graph.add_edge(node(step.child), node(step.parent), step.edge);
        }
        Graph { graph }
    }

    /// Returns all tables, each behind all that it needs, and otherwise as near to their own order as that allows.
    ///
    /// Edges that close a cycle are left out of account.
    pub fn order(&self) -> Vec<TableId> {
        let mut order = Vec::with_capacity(self.graph.node_count());
        let mut visit = DfsPostOrder::empty(&self.graph);
        for start in self.graph.node_indices() {
            visit.move_to(start);
            while let Some(next) = visit.next(&self.graph) {
                order.push(table(next));
            }
        }
        order
    }

    /// Returns the groups of tables that need each other, and for each a shortest cycle through its first table that lies on one.
    pub fn cycles(&self) -> Vec<Cycle> {
        // Kosaraju's way needs no recursion, so a long chain of references cannot exhaust the stack.
        let mut groups: Vec<Vec<TableId>> = petgraph::algo::kosaraju_scc(&self.graph)
            .into_iter()
            .filter(|group| group.len() > 1 || self.graph.contains_edge(group[0], group[0]))
            .map(|group| {
                let mut group: Vec<TableId> = group.into_iter().map(table).collect();
                group.sort();
                group
            })
            .collect();
        groups.sort();
        groups.into_iter().map(|tables| Cycle { steps: self.shortest_cycle(&tables), tables }).collect()
    }

    /// Returns a shortest way from the first table of the group back to itself.
    fn shortest_cycle(&self, group: &[TableId]) -> Vec<Step> {
        let start = group[0];
        let mut came_by: std::collections::HashMap<TableId, Step> = std::collections::HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(child) = queue.pop_front() {
            for step in self.needs(child) {
                if step.parent == start {
                    let mut steps = vec![step];
                    while steps[0].child != start {
                        let before = came_by[&steps[0].child];
                        steps.insert(0, before);
                    }
                    return steps;
                }
                if group.binary_search(&step.parent).is_ok() && !came_by.contains_key(&step.parent) {
                    came_by.insert(step.parent, step);
                    queue.push_back(step.parent);
                }
            }
        }
        Vec::new()
    }

    /// Returns the edges from a table to what it needs, in order.
    pub fn needs(&self, child: TableId) -> Vec<Step> {
        let edges = self.graph.edges_directed(node(child), Direction::Outgoing);
        let mut steps: Vec<Step> = edges.map(|edge| Step { child, parent: table(edge.target()), edge: *edge.weight() }).collect();
        // petgraph lists the newest edge first.
        steps.reverse();
        steps
    }

    /// Returns the edges from the tables that need this one.
    pub fn needed_by(&self, parent: TableId) -> Vec<Step> {
        let edges = self.graph.edges_directed(node(parent), Direction::Incoming);
        let mut steps: Vec<Step> = edges.map(|edge| Step { child: table(edge.source()), parent, edge: *edge.weight() }).collect();
        steps.reverse();
        steps
    }

    /// Returns everything that a table needs, directly or not, without itself.
    pub fn ancestors(&self, id: TableId) -> BTreeSet<TableId> {
        self.reach(id, Direction::Outgoing)
    }

    /// Returns everything that needs a table, directly or not, without itself.
    pub fn descendants(&self, id: TableId) -> BTreeSet<TableId> {
        self.reach(id, Direction::Incoming)
    }

    fn reach(&self, id: TableId, direction: Direction) -> BTreeSet<TableId> {
        let mut seen = BTreeSet::new();
        let mut open = vec![node(id)];
        while let Some(at) = open.pop() {
            open.extend(self.graph.neighbors_directed(at, direction).filter(|next| seen.insert(table(*next))));
        }
        seen.remove(&id);
        seen
    }
}

/// Tables that need each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// All of them, in order of their ids.
    pub tables: Vec<TableId>,
    /// A shortest way around.
    pub steps: Vec<Step>,
}

fn node(id: TableId) -> NodeIndex {
    NodeIndex::new(id.0 as usize)
}

fn table(node: NodeIndex) -> TableId {
    TableId(node.index() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(tables: usize, edges: &[(u32, u32)]) -> Graph {
        let steps = edges.iter().enumerate().map(|(at, (child, parent))| Step {
            child: TableId(*child),
            parent: TableId(*parent),
            edge: Edge::Reference(ReferenceId(at as u32)),
        });
        Graph::from_steps(tables, steps)
    }

    fn ids(ids: &[u32]) -> Vec<TableId> {
        ids.iter().copied().map(TableId).collect()
    }

    #[test]
    fn parents_stand_first_and_the_rest_keeps_its_order() {
        assert_eq!(graph(5, &[(0, 3), (2, 0), (2, 3)]).order(), ids(&[3, 0, 1, 2, 4]));
    }

    #[test]
    fn two_edges_join_one_pair() {
        assert_eq!(graph(2, &[(1, 0), (1, 0)]).needs(TableId(1)).len(), 2);
    }

    #[test]
    fn a_cycle_is_printed_the_short_way() {
        let cycles = graph(5, &[(0, 1), (1, 2), (2, 0), (1, 0), (4, 0)]).cycles();
        assert_eq!(cycles.len(), 1);
        assert_eq!(cycles[0].tables, ids(&[0, 1, 2]));
        assert_eq!(cycles[0].steps.iter().map(|step| step.child).collect::<Vec<_>>(), ids(&[0, 1]));
    }

    #[test]
    fn descendants_of_a_long_chain_are_found_without_recursion() {
        let edges: Vec<(u32, u32)> = (1..50_000).map(|at| (at, at - 1)).collect();
        let chain = graph(50_000, &edges);
        assert_eq!(chain.descendants(TableId(0)).len(), 49_999);
        assert_eq!(chain.ancestors(TableId(10)).len(), 10);
        assert!(chain.cycles().is_empty());
        assert_eq!(chain.order().first(), Some(&TableId(0)));
    }
}
