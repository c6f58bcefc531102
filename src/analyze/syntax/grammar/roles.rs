//! The roles that nodes play, and their look-up by kind number.

use std::ops::BitOr;

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Role(u64);

impl Role {
    /// A branch: nests, and may be the `else if` of another.
    pub const IF: Self = Self(1);
    /// A branch that always is an `else if`.
    pub const ELIF: Self = Self(1 << 1);
    /// What an [`Self::IF`] does otherwise.
    pub const ELSE: Self = Self(1 << 2);
    /// A conditional expression.
    pub const TERNARY: Self = Self(1 << 3);
    /// A loop.
    pub const LOOP: Self = Self(1 << 4);
    /// A `switch` or `match`.
    pub const SWITCH: Self = Self(1 << 5);
    /// A case, unless it is the default.
    pub const CASE: Self = Self(1 << 7);
    /// A handler of errors.
    pub const CATCH: Self = Self(1 << 8);
    /// A `try`.
    pub const TRY: Self = Self(1 << 9);
    /// A `raise` or `throw`.
    pub const RAISE: Self = Self(1 << 10);
    /// A decision that neither nests nor stands alone: a guard, a comprehension's clause.
    pub const CLAUSE: Self = Self(1 << 11);
    /// A token that is a short-circuit operator below [`Self::LOGICAL`].
    pub const OPERATOR: Self = Self(1 << 12);
    /// What holds an operator.
    pub const LOGICAL: Self = Self(1 << 13);
    /// A function that is measured, if it has a body.
    pub const FUNCTION: Self = Self(1 << 14);
    /// A function that belongs to the one around it.
    pub const LAMBDA: Self = Self(1 << 15);
    /// What gives the functions in it the first part of their name.
    pub const CONTAINER: Self = Self(1 << 16);
    /// The definition of a type.
    pub const TYPE: Self = Self(1 << 17);
    /// What binds names: identifiers that are its named fields (any child without such) are variables.
    pub const VARIABLE: Self = Self(1 << 18);
    /// The same for constants.
    pub const CONSTANT: Self = Self(1 << 19);
    /// An identifier.
    pub const NAME: Self = Self(1 << 20);
    /// A comment.
    pub const COMMENT: Self = Self(1 << 21);
    /// A string in quotes that are a matter of taste.
    pub const STRING: Self = Self(1 << 22);
    /// A `break` or `continue`: a jump when it names a label.
    pub const JUMP: Self = Self(1 << 23);
    /// A call.
    pub const CALL: Self = Self(1 << 24);
    /// Nothing: `None`, `null`, `nil`.
    pub const NULL: Self = Self(1 << 25);
    /// An error passed on.
    pub const PROPAGATION: Self = Self(1 << 26);
    /// What stands between a comment and the function it documents.
    pub const ATTRIBUTE: Self = Self(1 << 27);
    /// The token `else` below [`Self::VARIABLE`]: `let … else`.
    pub const LET_ELSE: Self = Self(1 << 28);
    /// A `goto`, which always is a jump.
    pub const GOTO: Self = Self(1 << 29);
    /// An [`Self::ELSE`] whose statements are its children: an `if` among them is no `else if`.
    pub const ELSE_BODY: Self = Self(1 << 30);
    /// A comparison.
    pub const COMPARISON: Self = Self(1 << 31);
    /// A loop without a condition.
    pub const ENDLESS: Self = Self(1 << 32);
    /// The arms of a `match`.
    pub const ARMS: Self = Self(1 << 33);
    /// A pattern whose `condition` is a guard.
    pub const GUARDED: Self = Self(1 << 34);
    /// A list of names or patterns: binds if what it stands in does.
    pub const LIST: Self = Self(1 << 35);
    /// What names the function that is its value, by its first field.
    pub const LABEL: Self = Self(1 << 36);
    /// A directive of the preprocessor, whose `condition` decides nothing at run time.
    pub const PREPROCESSOR: Self = Self(1 << 37);

    /// Whether any of these roles is played.
    pub const fn is(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOr for Role {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

/// A row of a language's table.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The grammar's name for it.
    pub name: &'static str,
    /// What it means to us.
    pub role: Role,
    /// The fields that matter to its role: where the bound names are.
    pub fields: &'static [&'static str],
}

/// Roles by kind number.
#[derive(Debug, Default)]
pub struct Roles {
    by_kind: Vec<Role>,
    /// Field numbers by kind number, of kinds whose fields matter.
    fields: Vec<(u16, Vec<u16>)>,
    /// Of fields that several kinds have.
    pub condition: u16,
    /// See `condition`.
    pub alternative: u16,
}

impl Roles {
    pub(super) fn new(language: &tree_sitter::Language, table: &[Kind]) -> Self {
        let mut roles = vec![Role::default(); language.node_kind_count()];
        let mut fields = Vec::new();
        let number = |field: &str| language.field_id_for_name(field).map_or(0, u16::from);
        for kind in table {
            // A grammar may give one name to several numbers (aliases), so every number is asked for its name.
            for (id, role) in roles.iter_mut().enumerate() {
                let Ok(id) = u16::try_from(id) else { break };
                if language.node_kind_for_id(id) == Some(kind.name)
                    && language.node_kind_is_named(id) == is_named(language, kind)
                {
                    *role = *role | kind.role;
                    if !kind.fields.is_empty() {
                        fields.push((id, kind.fields.iter().copied().map(number).collect()));
                    }
                }
            }
        }
        Self {
            by_kind: roles,
            fields,
            condition: number("condition"),
            alternative: number("alternative"),
        }
    }

    /// The roles of a kind.
    pub fn of(&self, kind: u16) -> Role {
        self.by_kind
            .get(usize::from(kind))
            .copied()
            .unwrap_or_default()
    }

    /// The first of the fields that matter to a kind.
    pub fn first_field(&self, kind: u16) -> Option<u16> {
        let (_, fields) = self.fields.iter().find(|(id, _)| *id == kind)?;
        fields.first().copied()
    }

    /// Whether a child in this field (0 for none) is what the kind's role is about.
    pub fn concerns(&self, kind: u16, field: u16) -> bool {
        let mut known = self.fields.iter().filter(|(id, _)| *id == kind).peekable();
        known.peek().is_none() || known.any(|(_, fields)| fields.contains(&field))
    }
}

/// Tokens and nodes may share a name (`lambda`): a role of tokens means the token.
fn is_named(language: &tree_sitter::Language, kind: &Kind) -> bool {
    !kind.role.is(Role::OPERATOR.and(Role::LET_ELSE))
        && language.id_for_node_kind(kind.name, true) != 0
}
