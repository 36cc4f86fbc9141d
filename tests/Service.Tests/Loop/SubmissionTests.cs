using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;

namespace Pipeline.Hotpath.Tests.Loop;

public sealed class SubmissionTests
{
    [Fact]
    public async Task A_reply_taken_twice_does_not_give_back_what_is_another_callers_by_now()
    {
        var first = Submission.Rent(Commands.Place(1), 0);
        var reply = first.Task;
        first.Reply = Reply.Of(Outcome.Done);
        first.Complete();
        Assert.Equal(Outcome.Done, (await reply).Outcome);

        Assert.Throws<InvalidOperationException>(() => reply.Result);
        // Whoever rents next must not share the object with anybody else.
        var rented = Enumerable.Range(0, 2000).Select(_ => Submission.Rent(Commands.Place(2), 0)).ToList();
        Assert.Equal(rented.Count, rented.Distinct(ReferenceEqualityComparer.Instance).Count());
        foreach (var submission in rented)
            submission.Discard();
    }

    [Fact]
    public async Task A_reply_taken_too_early_leaves_the_command_on_its_way()
    {
        var submission = Submission.Rent(Commands.Place(1), 0);
        var reply = submission.Task;
        Assert.Throws<InvalidOperationException>(() => reply.GetAwaiter().GetResult());

        Assert.NotNull(submission.Command);
        submission.Reply = Reply.Of(Outcome.NoFit);
        submission.Complete();
        Assert.Equal(Outcome.NoFit, (await reply).Outcome);
    }

    [Fact]
    public void A_failed_submission_is_given_back_once()
    {
        var submission = Submission.Rent(Commands.Place(1), 0);
        var reply = submission.Task;
        submission.Fail(new BrokenEngineException());
        Assert.Throws<BrokenEngineException>(() => reply.Result);
        Assert.Throws<InvalidOperationException>(() => reply.Result);
    }
}
