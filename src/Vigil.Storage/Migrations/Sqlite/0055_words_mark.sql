-- How far the index of words has come: messages above this id are not in it yet (Sessions/WordIndex).
CREATE TABLE session_words_mark (up_to INTEGER NOT NULL) STRICT;

INSERT INTO session_words_mark (up_to) SELECT coalesce(max(id), 0) FROM session_message;
