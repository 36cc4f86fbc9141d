using System.ComponentModel.DataAnnotations;
using Pipeline.Hotpath.Loop;

namespace Pipeline.Hotpath;

/// <summary>Settings of the service.</summary>
public sealed class HotpathOptions
{
    /// <summary>Folder of the journal, the record store and the witness. Default <c>./data</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string DataDirectory { get; set; } = "./data";

    /// <summary>File outside of the folder that says that it was begun, so that a missing folder is noticed. Default null: none.</summary>
    public string? DataMarker { get; set; }

    /// <summary>Start even though acknowledged data are gone. Default false.</summary>
    public bool AcceptLoss { get; set; }

    public LoopOptions Loop { get; set; } = new();

    public CheckpointOptions Checkpoint { get; set; } = new();

    /// <exception cref="ValidationException">A setting is out of range; the message names it.</exception>
    public void Validate()
    {
        Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        Validator.ValidateObject(Loop, new ValidationContext(Loop), validateAllProperties: true);
        Validator.ValidateObject(Checkpoint, new ValidationContext(Checkpoint), validateAllProperties: true);
    }
}
