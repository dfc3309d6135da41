/* msg.h - marks a text that people read, so that it can be translated.
 *
 * MSG("...") is the English text itself: whoever shows it translates it
 * (web/language.h), everything else may compare and log it. tools/lang finds
 * the marks; a mark holds one string, which may be written in pieces.
 * MSG_N("one", "many") is for web_say_n() alone: the plural behind the
 * singular.
 */
#pragma once

#define MSG(text)        text
#define MSG_N(one, many) one, many
