/* action_person.c - which accounts belong to one person. */
#include "base/str.h"
#include "ca/action_rule.h"

bool
ca_action_waits_always(const struct ca_action *a)
{
	(void)a;
	return true;
}

int
ca_action_judge_link(struct ca_action *a, struct err *err)
{
	CA_ACTION_SAY(a, "%s and %s belong to one person", ca_action_subject(a),
	    ca_action_object(a));
	if (ca_action_check_principal(a, false, a->what.subject, err) < 0 ||
	    ca_action_check_principal(a, false, a->what.object, err) < 0)
		return -1;
	if (ca_picture_same(a->picture, a->what.subject, a->what.object))
		return err_set(err, ERR_EXISTS,
		    "That is so already. Nothing was changed.");
	return ca_action_check_room(a->picture->person_n + 1, STORE_PERSONS_MAX,
	    "linked accounts", err);
}

int
ca_action_judge_unlink(struct ca_action *a, struct err *err)
{
	CA_ACTION_SAY(
	    a, "%s belongs to no person any more", ca_action_subject(a));
	return ca_picture_person(a->picture, a->what.subject)
		   ? 0
		   : err_set(err, ERR_NOT_FOUND,
			 "%s is linked to no other account. Nothing was "
			 "changed.",
			 ca_action_subject(a));
}

/* Give an account this number instead of the one it has. */
static int
number_account(struct store_writer *w, const char *principal, uint64_t number,
    bool has_one, bool *wrote, struct err *err)
{
	const struct store_person p = { .principal = principal,
		.number = number };

	if ((has_one && store_drop_person(w, &p, err) < 0) ||
	    store_put_person(w, &p, NULL, err) < 0)
		return *wrote || has_one ? ca_txn_spoilt(err) : -1;
	*wrote = true;
	return 0;
}

/* Both get the number of the subject, with all that the object was linked to;
 * a new one when the subject has none. */
int
ca_action_apply_link(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	const struct ca_picture *p = a->picture;
	uint64_t mine = ca_picture_person(p, a->what.subject);
	uint64_t his = ca_picture_person(p, a->what.object);
	uint64_t number = mine;
	bool wrote = false;

	for (size_t i = 0; !mine && i < p->person_n; i++)
		if (p->person_numbers[i] > number)
			number = p->person_numbers[i];
	number += !mine;
	if (!mine &&
	    number_account(w, a->what.subject, number, false, &wrote, err) < 0)
		return -1;
	if (!his)
		return number_account(
		    w, a->what.object, number, false, &wrote, err);
	for (size_t i = 0; i < p->person_n; i++)
		if (p->person_numbers[i] == his &&
		    number_account(
			w, p->persons[i], number, true, &wrote, err) < 0)
			return -1;
	return 0;
}

int
ca_action_apply_unlink(
    struct ca_action *a, struct store_writer *w, struct err *err)
{
	const struct store_person p = { .principal = a->what.subject };

	return store_drop_person(w, &p, err);
}
