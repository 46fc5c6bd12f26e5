//! What a class is, from its ancestors: its tier, and the mixins beside it.

use djc_core::source::Span;
use djc_core::text::Text;

use super::Surveyor;
use super::name::{clean, numbered};
use crate::sources::{Ancestor, ClassRef, Found};

/// How deep bases are followed.
const DEPTH_MAX: usize = 40;

/// The kind of a table class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// `dj.Manual`
    Manual,
    /// `dj.Lookup`
    Lookup,
    /// `dj.Imported`
    Imported,
    /// `dj.Computed`
    Computed,
    /// `dj.Part`
    Part,
}

impl Tier {
    /// Returns the word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Tier::Manual => "manual",
            Tier::Lookup => "lookup",
            Tier::Imported => "imported",
            Tier::Computed => "computed",
            Tier::Part => "part",
        }
    }

    fn of(class: &str) -> Option<Tier> {
        Some(match class {
            "Manual" => Tier::Manual,
            "Lookup" => Tier::Lookup,
            "Imported" => Tier::Imported,
            "Computed" => Tier::Computed,
            "Part" => Tier::Part,
            _ => return None,
        })
    }
}

/// What a class is, from its ancestors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Role {
    /// Its tier; `None` for a class that is no table.
    pub tier: Option<Tier>,
    /// Whether it has the mixin of Spyglass.
    pub spyglass: bool,
    /// Whether it is a merge table.
    pub merge: bool,
}

/// Returns whether a class is one of the mixins of Spyglass, which the language knows by themselves.
fn is_of_spyglass(class: &str) -> bool {
    class.starts_with("Spyglass") || matches!(class, "Merge" | "_Merge")
}

/// Returns the tier that a base outside of the sources gives, by its dotted name.
pub(super) fn tier_of(dotted: &str) -> Option<Tier> {
    let (package, name) = dotted.split_once('.')?;
    if package == "datajoint" { Tier::of(name.rsplit('.').next().unwrap_or_default()) } else { None }
}

impl<'t> Surveyor<'_, 't> {
    /// Returns what a class is.
    pub(super) fn role(&self, class: ClassRef<'t>) -> Role {
        let mut role = Role::default();
        for base in self.sources.ancestors(class) {
            let (name, foreign) = match &base {
                Ancestor::Read(base) => (base.class.name.value.as_str(), None),
                Ancestor::Foreign(dotted) => (dotted.rsplit('.').next().unwrap_or_default(), Some(dotted.as_str())),
            };
            let package = foreign.map(|dotted| dotted.split('.').next().unwrap_or_default());
            let of_spyglass = match &base {
                Ancestor::Read(base) => self.sources.modules[base.module].dotted.split('.').any(|part| part == "spyglass"),
                Ancestor::Foreign(_) => package == Some("spyglass"),
            };
            let itself = matches!(&base, Ancestor::Read(base) if base.id() == class.id());
            if role.tier.is_none() {
                role.tier = foreign.and_then(tier_of);
            }
            if of_spyglass && !itself {
                match name {
                    "SpyglassMixin" | "SpyglassIngestion" | "SpyglassAnalysis" => role.spyglass = true,
                    "SpyglassMixinPart" => {
                        role.spyglass = true;
                        role.tier = role.tier.or(foreign.map(|_| Tier::Part));
                    }
                    "Merge" | "_Merge" => {
                        role.merge = true;
                        role.tier = role.tier.or(foreign.map(|_| Tier::Manual));
                    }
                    _ => {}
                }
            }
        }
        role
    }

    /// Returns the classes of the lab that a table inherits from beside its tier, nearest first.
    pub(super) fn mixins(&mut self, this: ClassRef<'t>) -> Vec<Text> {
        let mut found = Vec::new();
        self.mixins_into(this, &mut found, 0);
        let mut out: Vec<Text> = Vec::new();
        for (name, dotted, span) in found {
            let name = self.mixin_name(&name, &dotted);
            if !out.iter().any(|known| known.text == name) {
                out.push(Text::new(name, span));
            }
        }
        out
    }

    fn mixins_into(&self, class: ClassRef<'t>, out: &mut Vec<(String, String, Span)>, depth: usize) {
        for base in class.class.bases.iter().filter(|_| depth < DEPTH_MAX) {
            match self.sources.follow(class.module, base) {
                Some(Found::Class(found)) if is_of_spyglass(&found.class.name.value) => {}
                Some(Found::Class(found)) => {
                    if self.role(found).tier.is_some() {
                        self.mixins_into(found, out, depth + 1);
                    } else {
                        let name = &found.class.name.value;
                        out.push((name.clone(), format!("{}.{name}", self.sources.modules[found.module].dotted), base.span));
                    }
                }
                Some(Found::Foreign(dotted)) => {
                    let package = dotted.split('.').next().unwrap_or_default();
                    let name = dotted.rsplit('.').next().unwrap_or_default();
                    if !matches!(package, "datajoint" | "abc" | "typing") && !is_of_spyglass(name) && dotted.contains('.') {
                        out.push((name.to_string(), dotted.clone(), base.span));
                    }
                }
                Some(Found::Function(..) | Found::Value(..) | Found::Module(_)) | None => {}
            }
        }
    }

    /// Returns the name that a mixin has in the language.
    fn mixin_name(&mut self, class: &str, dotted: &str) -> String {
        let mut words = String::new();
        for (at, c) in class.char_indices() {
            if c.is_uppercase() && at > 0 && !words.ends_with('_') {
                words.push('_');
            }
            words.extend(c.to_lowercase());
        }
        let free = |name: &str| self.out.mixins.get(name).is_none_or(|known| known == dotted);
        let name = numbered(clean(words.trim_start_matches('_')), free);
        self.out.mixins.insert(name.clone(), dotted.to_string());
        name
    }
}
