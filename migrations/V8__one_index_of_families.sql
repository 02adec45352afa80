-- A server of the version before goes on working beside one of this version.

-- tokens_family_key of V7 does what this did. By itself, since it takes the whole table for a moment:
-- holding anything else then, it could be waited for by whoever it waits for.
--postgres: DROP INDEX tokens_family;
