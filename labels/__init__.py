"""What a label says and how it looks: text and numbers in, a verified picture or page out.

Everything here is pure. The caller brings the facts, the time as a text and the fonts come with the
package; nothing reads a clock, a network or a user's file. The same input gives the same bytes.
"""
