"""Ids are distinct types, so that a ticket is never taken for a person."""

from __future__ import annotations

from typing import NewType

OfficeId = NewType("OfficeId", str)
DeskId = NewType("DeskId", str)
ServiceId = NewType("ServiceId", str)
TeamId = NewType("TeamId", str)
StaffId = NewType("StaffId", str)
CustomerId = NewType("CustomerId", str)
TicketId = NewType("TicketId", str)
StretchId = NewType("StretchId", str)
AppointmentId = NewType("AppointmentId", str)
RoomId = NewType("RoomId", str)
RoomUseId = NewType("RoomUseId", str)
VisitId = NewType("VisitId", str)
NoticeId = NewType("NoticeId", str)
LeaveId = NewType("LeaveId", str)
