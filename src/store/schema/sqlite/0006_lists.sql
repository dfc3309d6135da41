-- Lists by state at any size: each index has the state before what sorts, so
-- that a list of one state is a stretch of it, and a list of several a merge of
-- stretches, however rare the state is among the rows of an owner.
--
-- request_owner also counts what waits (so request_pending is gone) and what
-- was submitted since a time, state by state. request_state now holds issued
-- rows, too: new numbers are at the end of their state, so all rows of a
-- transaction share a page of it.
DROP INDEX request_owner;
DROP INDEX request_requester;
DROP INDEX request_pending;
DROP INDEX request_state;
CREATE INDEX request_owner ON request (owner, disposition, submitted);
CREATE INDEX request_requester ON request (requester, disposition);
CREATE INDEX request_state ON request (disposition);
