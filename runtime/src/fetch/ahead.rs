//! Rows with packed values: unpacking takes longer than receiving, so it is done on all processors while the next rows come.

use std::collections::VecDeque;
use std::sync::Arc;

use super::request::{Read, Request};
use crate::blocking::{Begun, begin};
use crate::db::{Layout, WireRow};
use crate::fault::Error;

/// Bytes that are read in one go: beside reading them, handing them over costs nothing.
const BYTES: usize = 1 << 20;

/// Rows on their way from the wire into their type, in order.
pub(super) struct Ahead<R, F> {
    request: Arc<Request>,
    read: F,
    /// Rows that came and are not being read yet, and their bytes.
    came: Vec<WireRow>,
    bytes: usize,
    begun: VecDeque<Begun<Result<Vec<R>, Error>>>,
    done: Vec<R>,
}

impl<R: Send + 'static, F: Read<R>> Ahead<R, F> {
    pub(super) fn new(request: Arc<Request>, read: F) -> Self {
        Ahead { request, read, came: Vec::new(), bytes: 0, begun: VecDeque::new(), done: Vec::new() }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// A value of a row before that cannot be read.
    pub(super) async fn push(&mut self, row: WireRow, layout: &Arc<Layout>) -> Result<(), Error> {
        self.bytes += row.size(layout);
        self.came.push(row);
        if self.bytes < BYTES {
            return Ok(());
        }
        let came = std::mem::take(&mut self.came);
        self.bytes = 0;
        let (request, read, layout) = (Arc::clone(&self.request), self.read, Arc::clone(layout));
        self.begun.push_back(begin(move || came.iter().map(|row| request.read(row, &layout, read)).collect()));
        // More than there are processors for would only fill memory.
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        if self.begun.len() > most { self.settle().await } else { Ok(()) }
    }

    /// Waits for the oldest rows that are being read.
    async fn settle(&mut self) -> Result<(), Error> {
        if let Some(oldest) = self.begun.pop_front() {
            self.done.append(&mut oldest.done().await?);
        }
        Ok(())
    }

    /// Returns all rows, when the last one came.
    ///
    /// # Errors
    /// A value that cannot be read.
    pub(super) async fn finish(mut self, layout: Option<&Layout>) -> Result<Vec<R>, Error> {
        while !self.begun.is_empty() {
            self.settle().await?;
        }
        if let Some(layout) = layout {
            for row in &self.came {
                self.done.push(self.request.read(row, layout, self.read)?);
            }
        }
        Ok(self.done)
    }
}
