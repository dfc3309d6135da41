-- Certificates on hold: few, and each waits for somebody to decide about it.
CREATE INDEX request_held ON request (disposition)
	WHERE disposition = 21 AND revoked_reason = 6;
